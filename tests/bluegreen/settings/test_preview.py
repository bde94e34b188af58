"""By what a preview may be asked for: nothing that a user's request has by accident."""

import pytest
from pydantic import ValidationError

from bluegreen.deployment.proxy import Condition
from bluegreen.settings.preview import PreviewSettings
from bluegreen.settings.service import ServiceSettings

pytestmark = pytest.mark.unit

VALUE = "0f3k-secret-2a9b"


@pytest.mark.parametrize(
    ("given", "secret", "wanted"),
    [
        ({"header": "X-Preview"}, "abc", Condition("header", "X-Preview", "abc")),
        ({"header": "X-Preview", "value": VALUE}, "abc", Condition("header", "X-Preview", VALUE)),
        ({"cookie": "look_at"}, "abc", Condition("cookie", "look_at", "abc")),
        ({"host": "Preview.Example.org"}, None, Condition("host", "preview.example.org")),
    ],
)
def test_one_of_three_is_asked_for(given: dict[str, str], secret: str | None, wanted: Condition) -> None:
    assert PreviewSettings.model_validate(given).condition(secret) == wanted


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({}, "needs one of header, cookie and host"),
        ({"header": "X-A", "cookie": "a"}, "needs one of header, cookie and host"),
        ({"host": "preview.example.org", "value": VALUE}, "value goes with header or cookie"),
        *[
            ({"header": "X-A", "value": value}, "by accident")
            for value in ("1", "true", "preview", "a" * 40, "12345678")
        ],
        *[
            ({"header": name}, "is a header that requests have anyway")
            for name in (
                "Cookie",
                "authorization",
                "Accept-Language",
                "X-Forwarded-For",
                "Sec-Fetch-Mode",
                "X-Real-IP",
            )
        ],
        *[({"header": name}, "pattern") for name in ("X_Preview", "X Preview", 'a"b', "")],
        *[({"cookie": name}, "pattern") for name in ("a-b", "a b", 'a"', "")],
        *[({"header": "X-A", "value": f"{VALUE}{bad}"}, "pattern") for bad in ('"', "$host", ";", " x", "\n}")],
        *[
            ({"host": host}, "could be what users ask for")
            for host in ("localhost", "example.org", "www.example.org", "192.0.2.7")
        ],
        ({"host": "a.b.c;"}, "pattern"),
        ({"header": "X-A", "url": "ftp://x"}, "should be a URL"),
    ],
)
def test_what_could_be_an_accident_is_refused(given: dict[str, str], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        PreviewSettings.model_validate(given)


@pytest.mark.parametrize(("where", "value"), [("url", "https://preview.example.org/"), ("host_header", None)])
def test_a_host_that_is_the_site_s_own_is_refused(where: str, value: str | None) -> None:
    service = {
        "ports": {"blue": 1, "green": 2},
        "processes": {"command": ["x"]},
        "proxies": [{"conf": "a", "file": "b", "url": value}],
        "health": {"host_header": None if value else "preview.example.org"},
    }
    assert ServiceSettings.model_validate({**service, "preview": {"host": "look.example.org"}})
    with pytest.raises(ValidationError, match="is the site's own"):
        ServiceSettings.model_validate({**service, "preview": {"host": "preview.example.org"}})


@pytest.mark.parametrize(
    ("given", "site", "wanted"),
    [
        ({"header": "X-A"}, "http://127.0.0.1:8080", "http://127.0.0.1:8080"),
        ({"header": "X-A"}, None, None),
        ({"header": "X-A", "url": "https://a.org/x"}, "http://127.0.0.1", "https://a.org/x"),
        ({"host": "p.a.org"}, "https://www.a.org:8443/", "https://p.a.org:8443/"),
        ({"host": "p.a.org"}, None, "http://p.a.org/"),
        ({"host": "p.a.org", "url": "https://p.a.org/new"}, None, "https://p.a.org/new"),
    ],
)
def test_the_url_to_open(given: dict[str, str], site: str | None, wanted: str | None) -> None:
    assert PreviewSettings.model_validate(given).opened_at(site) == wanted
