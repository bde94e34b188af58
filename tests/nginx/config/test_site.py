"""What in a site's configuration does not go with our file."""

import pytest

from nginx.config.forwards import protocols
from nginx.config.parser import files_of, parse
from nginx.config.site import Misfit, misfits
from tests.nginx.logs.test_access_log import dump

pytestmark = pytest.mark.unit

OURS = "/etc/nginx/conf.d/url.inc"
INCLUDE = f"include {OURS};"
PASS = "proxy_set_header Host $host; proxy_pass $service_url;"
GOOD = f"{INCLUDE} location / {{ {PASS} }}"


def found(server: str, http: str = "", name: str = "service_url") -> tuple[Misfit, ...]:
    text = dump(
        f"{http} server {{ server_name example.org www.example.org; {server} }}",
        **{"conf.d/url.inc": "set $service_url http://app-blue:8000;\n"},
    )
    return misfits(parse(files_of(text)), name, name == "service_url", [OURS], resolves=True)


@pytest.mark.parametrize(
    "server",
    [
        GOOD,
        f"resolver 127.0.0.11 valid=5s; {GOOD}",
        f"location / {{ {INCLUDE} {PASS} }}",
        # what ends a request needs no variable
        f"if ($scheme = http) {{ return 301 https://$host; }} rewrite ^/a /b permanent; {GOOD}",
        f"{GOOD} rewrite ^/a /b last;",
        f"{INCLUDE} location / {{ rewrite ^/a/(.*)$ /$1 break; {PASS} }}",
        # the rewrite leads to another location
        f"location / {{ rewrite ^/a /b last; {INCLUDE} {PASS} }}",
        f"{INCLUDE} location / {{ proxy_set_header host x; proxy_pass $service_url$request_uri; }}",
        f"{INCLUDE} location / {{ proxy_redirect off; proxy_pass ${{service_url}}; }}",
        f"{INCLUDE} location / {{ proxy_cache off; {PASS} }}",
        "location / { proxy_pass $service_url_of_others/x; }",
        f"location / {{ {INCLUDE} if ($arg_a) {{ {PASS} }} }}",
        f"{INCLUDE} location / {{ location /api/ {{ {PASS} }} }}",
        # nor does it inherit what would come before
        f"{INCLUDE} location / {{ break; location /api/ {{ {PASS} }} }}",
        # another service's, or a line of somebody's own
        "set $service_url http://other:80; location / { proxy_pass $service_url; }",
    ],
)
def test_a_site_that_is_well(server: str) -> None:
    assert found(server) == ()


@pytest.mark.parametrize(
    ("server", "what", "fix"),
    [
        (f"location / {{ {PASS} }}", "nowhere in that server: each request is a 500", INCLUDE),
        (f"rewrite ^/a /b last; {GOOD}", "`rewrite ^/a /b last` comes before $service_url is set", INCLUDE),
        (f"if ($uri = /x) {{ break; }} {GOOD}", "`break` comes before", INCLUDE),
        (f"location / {{ rewrite ^/a /b break; {INCLUDE} {PASS} }}", "`rewrite ^/a /b break`", "in that location"),
        (
            f"{INCLUDE} location /api/ {{ proxy_set_header Host a; proxy_pass $service_url/; }}",
            "each request asks for /,",
            "rewrite ^/api/(.*)$ /$1 break;\nproxy_pass $service_url;",
        ),
        (
            f"{INCLUDE} location / {{ grpc_pass $service_url; }}",
            "cannot use $service_url",
            'template = "upstream"',
        ),
        (
            f"{INCLUDE} location / {{ {PASS.replace('$service', 'https://$service')} }}",
            "no address",
            "proxy_pass $s",
        ),
    ],
)
def test_what_gives_users_errors_is_refused(server: str, what: str, fix: str) -> None:
    (misfit,) = found(server)

    assert misfit.is_fatal and what in misfit.what and fix in misfit.fix
    assert "server example.org" in misfit.what


@pytest.mark.parametrize(
    ("server", "http", "fix"),
    [
        (f"{INCLUDE} location / {{ proxy_pass $service_url; }}", "", "proxy_set_header Host $host;"),
        # the inner block's headers replace those around it
        (
            f"{INCLUDE} location / {{ proxy_set_header A b; proxy_pass $service_url; }}",
            "proxy_set_header Host a;",
            "Host",
        ),
        (f"{INCLUDE} location / {{ proxy_cache c; {PASS} }}", "", "proxy_cache_key $scheme$host$request_uri;"),
        (GOOD, "proxy_cache c;", "proxy_cache_key"),
        (GOOD, "resolver 127.0.0.11 ipv6=off;", "resolver 127.0.0.11 ipv6=off valid=1s;"),
        (
            f"location / {{ {INCLUDE} try_files $uri @app; }} location @app {{ {PASS} }}",
            "",
            f"{INCLUDE}    # first in that server",
        ),
        # a location inherits no `set`: what comes there is a 500
        (
            f"location / {{ {INCLUDE} {PASS} location ~ ^/api/ {{ {PASS} }} }}",
            "",
            f"{INCLUDE}    # first in that server",
        ),
        (f"location / {{ {INCLUDE} {PASS} limit_except GET {{ {PASS} }} }}", "", "# first in that server"),
    ],
)
def test_what_they_get_otherwise_is_said(server: str, http: str, fix: str) -> None:
    (misfit,) = found(server, http)

    assert not misfit.is_fatal and fix in misfit.fix


@pytest.mark.parametrize(
    ("server", "spoken"),
    [
        ("location / { proxy_pass http://app; } location /a { grpc_pass grpc://app; }", {"http", "grpc"}),
        ("location / { grpc_pass grpcs://app; }", {"grpc"}),
        ("location / { if ($x) { uwsgi_pass app; } }", {"uwsgi"}),
        ("location / { fastcgi_pass app; } location /b { proxy_pass http://app-two; }", {"fastcgi"}),
        ("location / { proxy_pass http://other; }", set()),
    ],
)
def test_what_is_spoken_to_the_application_is_read(server: str, spoken: set[str]) -> None:
    assert protocols(parse(files_of(dump(f"server {{ {server} }}"))), "app", is_variable=False) == spoken


@pytest.mark.parametrize("looks", ["proxy_ssl_verify on;", "proxy_ssl_server_name on;"])
def test_a_certificate_is_asked_for_by_the_name_that_is_in_it(looks: str) -> None:
    (misfit,) = found("location / { proxy_pass https://app; }", looks, "app")

    assert "proxy_ssl_name" in misfit.fix and not misfit.is_fatal
    assert found("location / { proxy_pass https://app; }", f"{looks} proxy_ssl_name a;", "app") == ()
    assert found("location / { proxy_pass http://app; }", looks, "app") == ()


@pytest.mark.parametrize(
    ("zone", "limit", "is_told"),
    [
        ("rate=2r/s", "zone=a", True),
        ("rate=300r/m", "zone=a burst=20 nodelay", True),
        ("rate=2r/s", "zone=a burst=200 nodelay", False),
        ("rate=50r/s", "zone=a", False),
        ("rate=2r/s", "zone=of_nobody", False),
    ],
)
@pytest.mark.parametrize("where", ["http", "server"])
def test_a_limit_that_would_refuse_our_own_requests_is_told(
    zone: str, limit: str, is_told: bool, where: str
) -> None:
    http, line = f"limit_req_zone $binary_remote_addr zone=a:1m {zone};", f"limit_req {limit};"
    if where == "http":
        told = found("location / { proxy_pass http://app; }", f"{http} {line}", "app")
    else:
        told = found(f"{line} location / {{ proxy_pass http://app; }}", http, "app")

    assert [f"`{line[:-1]}`" in each.what and not each.is_fatal for each in told] == ([True] if is_told else [])
