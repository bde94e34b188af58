"""What a rollback writes, and whether a proxy had been turned, when a reload may be under way."""

from types import SimpleNamespace
from typing import Any, cast

import pytest

from bluegreen.deployment.proxy import Marker, Route, WayBack
from bluegreen.deployment.runtime import Runtime
from bluegreen.deployment.states import Color
from nginx.file.kept import Kept
from nginx.file.marker import restamp
from nginx.past import Past
from nginx.proxy import Proxy
from nginx.retired import token_of

pytestmark = pytest.mark.unit

OLD, NEW, RETIRED = 11, 12, 10
BLUE = Route(Marker(service="web", color=Color.BLUE, release="v1", generation=1, epoch=2))


NAMED = "upstream app {{\n    # addresses of web-blue:80: {}\n    server web-blue:80;\n}}\n"


@pytest.mark.parametrize(
    ("color", "addresses", "is_written_again"),
    [
        (Color.BLUE, "172.18.0.5", True),
        (Color.GREEN, "172.18.0.5", False),
        # its container was gone at that moment; a rollback starts it again
        (Color.BLUE, "none", False),
    ],
)
def test_a_file_that_led_to_the_old_colour_is_written_again(
    color: Color, addresses: str, is_written_again: bool
) -> None:
    marker = Marker(service="web", color=color, release="v1", generation=1, epoch=1)
    text = restamp(NAMED.format(addresses), marker)
    kept = SimpleNamespace(saved={"its hash": text}.get)
    way_back = WayBack(BLUE, saved={"proxy": "its hash"}, retired={})
    past = Past(cast(Proxy, SimpleNamespace(label="proxy")), way_back, cast(Runtime, None), cast(Kept, kept))

    assert past.previous() == (text if is_written_again else None)


def may_be_over(served: Color | None, serving: set[int], before: tuple[int, ...] = (RETIRED, OLD)) -> bool:
    """Of an nginx that says so and has these workers; blue was live before."""
    marker = Marker(service="web", color=served, release="v1", generation=1, epoch=1) if served else None
    proxy = SimpleNamespace(label="proxy", served=lambda: marker, serving_workers=lambda: serving)
    way_back = WayBack(BLUE, saved={}, retired={"proxy": token_of(before)})
    return Past(cast(Proxy, proxy), way_back, cast(Runtime, None), cast(Kept, None)).may_be_over()


@pytest.mark.parametrize(
    "seen",
    [
        {"served": Color.GREEN, "serving": {OLD}},
        {"served": Color.GREEN, "serving": {NEW}, "before": ()},
        # For 100 ms after a reload both accept: the old one's word does not count.
        {"served": Color.BLUE, "serving": {OLD, NEW}},
        {"served": Color.BLUE, "serving": {NEW}},
        {"served": None, "serving": {NEW}},
        {"served": None, "serving": {OLD}, "before": ()},
    ],
)
def test_an_nginx_that_may_serve_the_new_colour_is_turned(seen: dict[str, Any]) -> None:
    assert may_be_over(**seen)


@pytest.mark.parametrize(
    "seen",
    [
        {"served": Color.BLUE, "serving": {OLD}},
        {"served": Color.BLUE, "serving": {OLD}, "before": ()},
        {"served": None, "serving": {OLD}},
    ],
)
def test_an_nginx_with_the_workers_from_before_is_not(seen: dict[str, Any]) -> None:
    assert not may_be_over(**seen)
