"""The lines that a file has more while its service has a preview."""

import re
from pathlib import Path

import pytest

from bluegreen.deployment.proxy import Condition, Marker, PreviewRoute
from bluegreen.deployment.runtime import Address
from bluegreen.deployment.states import Color
from bluegreen.settings.service import ProxySettings
from nginx.config.capabilities import Capabilities
from nginx.file.marker import parse
from nginx.file.preview import preview_of, with_preview, without_preview
from nginx.file.render import render

pytestmark = pytest.mark.unit

PAGE = Path(__file__).parents[3] / "docs" / "preview.md"
PROXY = ProxySettings(container="edge", file="x", template="variable")
ABLE = Capabilities((1, 28, 0), False)
BLUE = Marker(service="web", color=Color.BLUE, release="v1", generation=2, epoch=1)
TO_GREEN = PreviewRoute(Color.GREEN, Condition("header", "X-Preview", "5e0c…"))
GREEN = Address("127.0.0.1", 8002)
NAMED = Address("app-green", 8000, dynamic=True)
BY_HAND = "set $service_url http://web:8000;"


def written(text: str, address: Address = GREEN, able: Capabilities = ABLE) -> str:
    return with_preview(text, PROXY, TO_GREEN, address, able)


@pytest.mark.parametrize("text", [render(PROXY, BLUE, Address("127.0.0.1", 8001), ABLE), f"{BY_HAND}\n"])
def test_what_is_there_stays_to_the_byte_and_comes_back(text: str) -> None:
    found = written(text)

    assert found.startswith(text) and without_preview(found) == text == without_preview(text)
    assert parse(found) == parse(text)
    assert found == text + preview_of(found) and preview_of(text) == ""


def test_a_second_preview_takes_the_first_one_s_place() -> None:
    assert written(written(BY_HAND)) == written(BY_HAND)


def test_the_page_has_the_lines_that_are_written() -> None:
    (shown,) = re.findall(r"^    (if \(.*?^    })", PAGE.read_text("utf-8"), re.MULTILINE | re.DOTALL)

    assert shown.replace("\n    ", "\n") in preview_of(written(BY_HAND))


@pytest.mark.parametrize(
    ("text", "address", "able", "wants"),
    [
        (BY_HAND, GREEN, ABLE, False),
        (BY_HAND, NAMED, ABLE, True),
        (BY_HAND, NAMED, Capabilities((1, 28, 0), False, sets_resolver=True, sets_resolver_timeout=True), False),
        (f"resolver 10.0.0.1; resolver_timeout 1s; {BY_HAND}", NAMED, ABLE, False),
        (render(PROXY, BLUE, Address("app-blue", 8000, dynamic=True), ABLE), NAMED, ABLE, False),
    ],
)
def test_a_name_server_is_named_once(text: str, address: Address, able: Capabilities, wants: bool) -> None:
    assert ("resolver" in preview_of(written(text, address, able))) is wants
