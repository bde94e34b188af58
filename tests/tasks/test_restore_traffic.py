"""What a rollback writes, and whether a proxy had been turned, when a reload may be under way."""

from types import SimpleNamespace
from typing import Any, cast

import pytest

from bluegreen.deployment.states import Color
from nginx.file.marker import Marker, restamp
from nginx.proxy import Proxy
from tasks.context import PhaseContext
from tasks.undo.restore_traffic import _is_turned, _previous

pytestmark = pytest.mark.unit

OLD, NEW, RETIRED = 11, 12, 10


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
    deployment = SimpleNamespace(from_color=Color.BLUE, previous_files={"proxy": "its hash"})
    context = SimpleNamespace(deployment=deployment, kept=SimpleNamespace(saved={"its hash": text}.get))
    proxy = SimpleNamespace(label="proxy")

    assert _previous(cast(PhaseContext, context), cast(Proxy, proxy)) == (text if is_written_again else None)


def is_turned(served: Color | None, serving: set[int], before: tuple[int, ...] = (RETIRED, OLD)) -> bool:
    """Of an nginx that says so and has these workers; blue was live before."""
    marker = Marker(service="web", color=served, release="v1", generation=1, epoch=1) if served else None
    deployment = SimpleNamespace(from_color=Color.BLUE, retired_by_switch={"proxy": before})
    proxy = SimpleNamespace(label="proxy", served=lambda: marker, serving_workers=lambda: serving)
    return _is_turned(cast(PhaseContext, SimpleNamespace(deployment=deployment)), cast(Proxy, proxy))


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
    assert is_turned(**seen)


@pytest.mark.parametrize(
    "seen",
    [
        {"served": Color.BLUE, "serving": {OLD}},
        {"served": Color.BLUE, "serving": {OLD}, "before": ()},
        {"served": None, "serving": {OLD}},
    ],
)
def test_an_nginx_with_the_workers_from_before_is_not(seen: dict[str, Any]) -> None:
    assert not is_turned(**seen)
