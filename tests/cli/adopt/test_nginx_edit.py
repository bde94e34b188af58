"""What changes in nginx's files: as little as can be, and what stands around stays."""

import pytest

from bluegreen.deployment.errors import UsageError
from cli.adopt.nginx_edit import HEAD, Change, change, is_included
from nginx.config.parser import parse
from nginx.config.passes import of_root, passes

pytestmark = pytest.mark.unit

MAIN = "http {\n    include /etc/nginx/conf.d/*.conf;\n}\n"
OWN = "/etc/nginx/conf.d/bluegreen-web.inc"


def changed(site: str, host: str = "web", main: str = MAIN) -> tuple[Change, str]:
    """What is done to the site's file, for the places that lead to this host; and the new file."""
    files = {"/etc/nginx/nginx.conf": main, "/etc/nginx/conf.d/site.conf": site}
    found = passes(parse(files))
    chosen = [each for each in found if any(target.startswith(f"{host}:") for target in each.targets)]
    made = change(files, found, chosen, OWN, ["web", "shop-web"])
    return made, made.texts.get("/etc/nginx/conf.d/site.conf", site)


def test_an_upstream_of_the_site_s_own_is_moved_as_it_is() -> None:
    site = """# before
    upstream shop {
        server web:8000 max_fails=0;   # ours
        keepalive 16;
    }
server { location / { proxy_pass http://shop; } }
"""

    made, text = changed(site)

    assert text == (f"# before\n    include {OWN};\nserver {{ location / {{ proxy_pass http://shop; }} }}\n")
    assert made.name == "shop"
    assert made.seed == HEAD + (
        "upstream shop {\n    server web:8000 max_fails=0;   # ours\n    keepalive 16;\n}\n"
    )
    assert "`keepalive 16;`" in made.notes[0]


def test_an_address_becomes_an_upstream_of_its_name_with_paths_and_other_places_kept() -> None:
    site = """server {
    location / { proxy_pass http://web:8000; }
    location /api/ { proxy_pass "http://web:8000/v1/"; }  # twice
    location /docs/ { proxy_pass http://docs:8000/; }
}
"""

    made, text = changed(site)

    assert (
        text
        == f"""include {OWN};
server {{
    location / {{ proxy_pass http://web; }}
    location /api/ {{ proxy_pass "http://web/v1/"; }}  # twice
    location /docs/ {{ proxy_pass http://docs:8000/; }}
}}
"""
    )
    assert made.seed == HEAD + "upstream web {\n    server web:8000;\n}\n"


@pytest.mark.parametrize(
    ("line", "new", "server"),
    [
        ("proxy_pass http://web;", "proxy_pass http://web;", "web:80"),
        ("proxy_pass https://web;", "proxy_pass https://web;", "web:443"),
        ("proxy_pass http://web:8000$request_uri;", "proxy_pass http://web$request_uri;", "web:8000"),
        ("set $up web:8000; proxy_pass http://$up;", "set $up web:8000; proxy_pass http://web;", "web:8000"),
        (
            "set $up http://web:8000; proxy_pass $up;",
            "set $up http://web:8000; proxy_pass http://web;",
            "web:8000",
        ),
        ("uwsgi_pass web:3031;", "uwsgi_pass web;", "web:3031"),
        ("grpc_pass grpc://web:50051;", "grpc_pass grpc://web;", "web:50051"),
    ],
)
def test_each_way_to_send_requests_on(line: str, new: str, server: str) -> None:
    made, text = changed(f"server {{ location / {{ {line} }} }}\n")

    assert text == f"include {OWN};\nserver {{ location / {{ {new} }} }}\n"
    assert f"server {server};" in made.seed


def test_a_variable_that_asks_for_one_path_whatever_was_asked_for_is_refused() -> None:
    with pytest.raises(UsageError, match="asks for one path"):
        changed("server { location / { set $up web:8000; proxy_pass http://$up/api/; } }")


@pytest.mark.parametrize(
    "other", ["upstream web { server other:1; }\n", "server { location / { proxy_pass http://web:9000; } }\n"]
)
def test_a_name_that_means_something_else_already_is_not_taken(other: str) -> None:
    made, text = changed("server { location / { proxy_pass http://app:8000; } }\n" + other, host="app")
    assert made.name == "app"

    site = other + "server { server_name b; location / { proxy_pass http://127.0.0.1:8000; } }\n"
    made, text = changed(site, host="127.0.0.1")
    assert made.name == "shop-web" and "proxy_pass http://shop-web;" in text


def test_without_a_host_header_another_name_is_mentioned() -> None:
    made, _ = changed("server { location / { proxy_pass http://127.0.0.1:8000; } }\n", host="127.0.0.1")

    assert "the application gets `web` in place of `127.0.0.1:8000`" in made.notes[0]


def test_two_upstreams_of_one_service_become_one() -> None:
    site = "upstream a { server web:1; }\nupstream b { server web:1; }\n"
    site += "server { location / { proxy_pass http://a; } location /b { proxy_pass http://b/; } }\n"

    _, text = changed(site)

    server = "server { location / { proxy_pass http://a; } location /b { proxy_pass http://a/; } }"
    assert text == f"include {OWN};\n{server}\n"


def test_the_include_is_written_before_the_server_of_an_included_snippet() -> None:
    main = "http {\n    server {\n        include snippets/*.conf;\n    }\n}\n"
    files = {
        "/etc/nginx/nginx.conf": main,
        "/etc/nginx/snippets/x.conf": "location / { proxy_pass http://web:1; }\n",
    }
    found = passes(parse(files))

    made = change(files, found, found, OWN, ["web"])

    assert made.texts["/etc/nginx/nginx.conf"] == main.replace("    server", f"    include {OWN};\n    server")
    assert made.texts["/etc/nginx/snippets/x.conf"] == "location / { proxy_pass http://web; }\n"


def test_a_file_that_nginx_reads_by_a_pattern_is_not_included_twice() -> None:
    assert is_included({"/etc/nginx/nginx.conf": "http { \n include conf.d/*; }"}, OWN)
    assert not is_included({"/etc/nginx/nginx.conf": MAIN}, OWN)

    _, text = changed(
        "server { location / { proxy_pass http://web:8000; } }\n", main="http {\ninclude conf.d/*;\n}"
    )
    assert text == "server { location / { proxy_pass http://web; } }\n"


def test_a_place_is_the_site_s_by_the_location_that_tries_it() -> None:
    site = """http { server {
        location /docs { proxy_pass http://docs; }
        location / { try_files $uri @app; }
        location @app { proxy_pass http://web:8000; }
    } }"""

    assert [each.host for each in of_root(passes(parse({"x": site})))] == ["web"]
