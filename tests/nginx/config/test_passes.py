"""Where each place of a site sends its requests."""

import pytest

from nginx.config.parser import parse
from nginx.config.passes import Pass, of_root, passes

pytestmark = pytest.mark.unit

UPSTREAM = "upstream app { server app:8000; server app-2; server old:1 down; server unix:/run/app.sock; }"


def found(server: str, http: str = UPSTREAM) -> list[Pass]:
    return passes(parse({"nginx.conf": f"events {{ }} http {{ {http} server {{ {server} }} }}"}))


@pytest.mark.parametrize(
    ("argument", "targets"),
    [
        ("http://app", ("app:8000", "app-2:80", "unix:/run/app.sock")),
        ("http://app:81", ("app:81",)),
        ("http://other", ("other:80",)),
        ("https://other/x", ("other:443",)),
        ("http://[::1]:9/x", ("[::1]:9",)),
    ],
)
def test_requests_go_through_an_upstream_or_straight_to_a_host(argument: str, targets: tuple[str, ...]) -> None:
    (only,) = found(f"location / {{ proxy_pass {argument}; }}")

    assert only.targets == targets
    assert (only.upstream is not None) == only.sends_to("app") == (argument == "http://app")
    assert not only.sends_to("other")


def test_a_variable_that_has_one_value_is_read_and_is_not_a_name_in_so_many_words() -> None:
    (only,) = found("set $where app; location / { set $scheme http; proxy_pass $scheme://${where}; }")

    assert only.targets[0] == "app:8000" and only.is_variable and not only.sends_to("app")
    assert found("set $a $b; location / { proxy_pass http://$a; }") == []
    assert found("location / { proxy_pass http://unix:/run/app.sock; }") == []


@pytest.mark.parametrize(
    ("server", "header"),
    [
        ("location / { PASS }", None),
        ("proxy_set_header Host a; location / { PASS }", "a"),
        ("proxy_set_header host a; location / { proxy_set_header HOST b; PASS }", "b"),
        # nginx: a block that sets any header takes none of those around it
        ("proxy_set_header Host a; location / { proxy_set_header X-Y b; PASS }", None),
        ("location / { proxy_set_header X-Y b; proxy_set_header Host c; PASS }", "c"),
        ("location / { proxy_set_header Host; PASS }", None),
    ],
)
def test_the_host_header_is_that_of_the_innermost_block_that_sets_any(server: str, header: str | None) -> None:
    (only,) = found(server.replace("PASS", "proxy_pass http://app;"))

    assert only.host_header == header


def test_each_place_is_named_by_its_innermost_location() -> None:
    server = """
        location /api { if ($x) { proxy_pass http://one; } location ~ ^/api/v2 { grpc_pass grpc://two; } }
        uwsgi_pass three;
    """

    assert [each.where for each in found(server)] == ["location /api", "location ~ ^/api/v2", "server"]


def test_the_root_is_where_location_root_leads_also_by_a_name() -> None:
    api = "location /api { proxy_pass http://api; }"
    places = {
        "location / { proxy_pass http://app; }": ["app"],
        "location / { try_files $uri @app; } location @app { proxy_pass http://app; }": ["app"],
        "location / { error_page 404 =@app; } location @app { proxy_pass http://app; }": ["app"],
        "location /other { proxy_pass http://app; }": ["api", "app"],
    }

    for root, hosts in places.items():
        assert [each.host for each in of_root(found(api + root))] == hosts, root
