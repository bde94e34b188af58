"""A file that a deployment should not write, since nginx reads another one, or since there is more in it."""

import pytest

from bluegreen.settings.service import ProxySettings
from nginx.config.dump import Dump
from nginx.config.place import Misplaced

pytestmark = pytest.mark.unit

DOWN = "upstream app { server 127.0.0.1:1 down; }"
SITE = "server { location / { proxy_pass http://app; } }"


def misplaced(name: str, text: str | None, included: str, **files: str) -> Misplaced | None:
    """Of our file at /srv/nginx/NAME, which a container has in conf.d."""
    main = f"events {{}} http {{ include {included};\n }}"
    there = {"/etc/nginx/nginx.conf": main} | {f"/etc/nginx/conf.d/{path}": each for path, each in files.items()}
    settings = ProxySettings.model_validate({"container": "edge", "file": f"/srv/nginx/{name}", "name": "app"})
    return Dump(there, "web", settings, f"/srv/nginx/{name}").misplaced(text)


def test_a_file_that_is_included_by_its_name_has_its_place() -> None:
    assert misplaced("app.inc", DOWN, "conf.d/*", **{"app.inc": DOWN, "site.conf": SITE}) is None
    assert misplaced("app.inc", None, "conf.d/*.inc", **{"other.inc": ""}) is None
    assert misplaced("APP.INC", None, '"conf.d/app.inc"') is None


def test_a_file_of_another_name_than_the_one_that_the_site_includes_is_named_with_that_one() -> None:
    for text in (None, "", DOWN):
        found = misplaced("mine.inc", text, "conf.d/app.inc", **{"app.inc": DOWN, "site.conf": SITE})
        assert found and found.what == "the upstream app is in another file than /srv/nginx/mine.inc"
        assert "/etc/nginx/conf.d/app.inc" in found.saw and "/etc/nginx/conf.d/app.inc" in found.fix


def test_a_file_to_which_no_include_leads_is_refused_before_it_is_there() -> None:
    found = misplaced("app.inc", None, "conf.d/*.conf", **{"site.conf": SITE})

    assert found and found.what == "nginx does not read /srv/nginx/app.inc"
    assert found.fix.startswith("include /srv/nginx/app.inc;")


@pytest.mark.parametrize(
    ("text", "lost"),
    [
        (f"{DOWN} {SITE}", "server"),
        (f"{DOWN} upstream other {{ server 10.0.0.1; }}", "upstream other"),
        ("map $host $to { default app; }", "map $host"),
        (f"resolver 127.0.0.11; {DOWN} # server {{ }}", ""),
        (f"# Written by bluegreen, and then cut\n{DOWN} {SITE}", ""),
    ],
)
def test_what_else_is_in_the_file_is_not_overwritten(text: str, lost: str) -> None:
    found = misplaced("app.conf", text, "conf.d/*.conf", **{"app.conf": text})

    assert bool(found) is bool(lost)
    assert found is None or found.saw == f"a deployment writes the whole file, and {lost} would be gone"
