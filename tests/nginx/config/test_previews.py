"""What of a site's own files does not go with a preview, by what `nginx -T` prints."""

import pytest

from bluegreen.deployment.proxy import Condition
from nginx.config.parser import files_of, parse
from nginx.config.previews import preview_misfits, upstream_misfits, variable_of
from nginx.config.site import Misfit
from tests.nginx.logs.test_access_log import dump

pytestmark = pytest.mark.unit

OURS = "/etc/nginx/conf.d/url.inc"
HEADER = Condition("header", "X-Preview-Of", "secret")
HOST = Condition("host", "preview.example.org")
INCLUDE = f"include {OURS};"
PASS = "location / { proxy_pass $service_url; }"
CACHED = "proxy_cache zone; proxy_cache_key"


def found(server: str, condition: Condition = HEADER) -> tuple[Misfit, ...]:
    text = dump(f"server {{ {server} }}", **{"conf.d/url.inc": "set $service_url http://app-blue:8000;\n"})
    return preview_misfits(parse(files_of(text)), "service_url", [OURS], condition)


@pytest.mark.parametrize(
    ("condition", "name"),
    [
        (HEADER, "http_x_preview_of"),
        (Condition("cookie", "Look_At", "s"), "cookie_Look_At"),
        (HOST, "host"),
    ],
)
def test_nginx_has_a_variable_for_each(condition: Condition, name: str) -> None:
    assert variable_of(condition) == name


@pytest.mark.parametrize(
    ("server", "condition"),
    [
        (f"{INCLUDE} {PASS}", HEADER),
        (f"{INCLUDE} location / {{ try_files $uri @app; }} location @app {{ proxy_pass $service_url; }}", HEADER),
        (f"{INCLUDE} proxy_cache zone; {PASS}", HEADER),
        (f"{INCLUDE} {CACHED} $proxy_host$request_uri; {PASS}", HEADER),
        (f"{INCLUDE} {CACHED} $service_url$request_uri; {PASS}", HEADER),
        (f"{INCLUDE} {CACHED} $uri; proxy_cache off; {PASS}".replace("proxy_cache zone; ", ""), HEADER),
        (f"{INCLUDE} {CACHED} $uri$http_x_preview_of; {PASS}", HEADER),
        (
            f"{INCLUDE} {CACHED} $uri; proxy_cache_bypass $a $http_x_preview_of; "
            f"proxy_no_cache $http_x_preview_of; {PASS}",
            HEADER,
        ),
        (f"{INCLUDE} {CACHED} $host$uri; {PASS}", HOST),
        (f"{INCLUDE} {PASS}", HOST),
        (f"server_name _; {INCLUDE} {PASS}", HOST),
        (f"server_name www.example.org preview.example.org; {INCLUDE} {PASS}", HOST),
        (f"server_name www.example.org *.example.org; {INCLUDE} {PASS}", HOST),
        (f"server_name .example.org; {INCLUDE} {PASS}", HOST),
        (f"server_name ~^(www|preview).example.org$; {INCLUDE} {PASS}", HOST),
    ],
)
def test_what_goes_with_it_is_left_alone(server: str, condition: Condition) -> None:
    assert found(server, condition) == ()


@pytest.mark.parametrize(
    ("server", "condition", "what", "fix"),
    [
        (
            f"location / {{ {INCLUDE} proxy_pass $service_url; }}",
            HEADER,
            "location /: $service_url is set in the location",
            f"include {OURS};    # first in that server",
        ),
        (
            f"{INCLUDE} {CACHED} $host$request_uri; {PASS}",
            HEADER,
            "its cache would give previews to users",
            "proxy_cache_bypass $http_x_preview_of;\nproxy_no_cache $http_x_preview_of;",
        ),
        (f"{INCLUDE} {CACHED} $uri; {PASS}", HOST, "its cache would give previews", "proxy_cache_key $host$uri;"),
        (
            f"server_name www.example.org; {INCLUDE} {PASS}",
            HOST,
            "no server of the site answers to preview.example.org",
            "server_name www.example.org preview.example.org;",
        ),
        (
            f"server_name preview.example.org; {INCLUDE} {PASS}",
            HOST,
            "is the site's own name: every user asks for it",
            "another preview.host",
        ),
    ],
)
def test_what_does_not_is_named_with_the_lines_to_write(
    server: str, condition: Condition, what: str, fix: str
) -> None:
    (misfit,) = found(server, condition)

    assert what in misfit.what and fix in misfit.fix and misfit.is_fatal


def test_another_service_s_places_do_not_matter() -> None:
    assert found("set $service_url http://other:80; location / { proxy_pass $service_url; proxy_cache a; }") == ()


def test_an_upstream_is_refused_with_the_lines_that_make_it_a_variable() -> None:
    server = "server { server_name a.org; location /x { proxy_pass http://app/y; } }"
    site = f"http {{ upstream app {{ server a:1; }} {server} }}"

    (misfit,) = upstream_misfits(parse({"nginx.conf": site}), "app", "/etc/nginx/conf.d/app.inc")

    assert 'template = "variable"' in misfit.fix and misfit.is_fatal
    assert "include /etc/nginx/conf.d/app.inc;" in misfit.fix
    assert "in server a.org, location /x: proxy_pass $service_url/y;" in misfit.fix
