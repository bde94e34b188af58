"""Which colour is live, and what has happened to a file, by texts alone."""

from typing import Any

import pytest

from bluegreen.deployment.errors import PhaseFailed
from bluegreen.deployment.proxy import Marker
from bluegreen.deployment.record import Deployment, Release, now
from bluegreen.deployment.runtime import Address, Instance
from bluegreen.deployment.states import Color
from bluegreen.settings.service import ProxySettings
from nginx.config.capabilities import Capabilities
from nginx.file.damage import Known, damages, known
from nginx.file.judgement import by_what_runs, named_color
from nginx.file.marker import parse
from nginx.file.render import render
from nginx.file.upstream_names import leading
from nginx.live import Seen

pytestmark = pytest.mark.unit

BLUE, GREEN = Color.BLUE, Color.GREEN
PLACEHOLDER = "upstream app { server 127.0.0.1:1 down; }\n"
KNOWN = Known(BLUE, "v1", 5, frozenset({"edge"}), "this host")
#: both colours have the container port 8000, which is green's port on the host
PLACES = {"edge": {BLUE: {"app-blue:8000", "10.0.0.1:9000"}, GREEN: {"app-green:8000", "10.0.0.1:8000"}}}


def marker(color: Color | None = BLUE, generation: int = 5, epoch: int = 1) -> Marker:
    return Marker(service="web", color=color, release="v1", generation=generation, epoch=epoch)


def text(**said: Any) -> str:
    address = Address("app-blue", 8000, dynamic=True, hosts=("172.18.0.5",))
    return render(
        ProxySettings(container="edge", file="app.inc"), marker(**said), address, Capabilities((1, 27, 4), False)
    )


def seen(text: str | None, served: Marker | None = None) -> Seen:
    return Seen(served, parse(text), text)


@pytest.mark.parametrize(
    ("line", "color"),
    [
        ("upstream app { server app-blue:8000; }", BLUE),
        ("upstream app { server APP-green:8000 max_fails=0; }", GREEN),
        ("upstream app { server 10.0.0.1:8000; }", GREEN),
        ("set $service_url http://10.0.0.1:9000;", BLUE),
        ("set $service_url http://app-blue:8000/path;", BLUE),
        ("upstream app { server app-blue:8000; server app-green:8000 backup; }", None),
        ("upstream app { server app:8000; }", None),
        ("upstream app { server app-blue; }", None),
        ("# server app-blue:8000;", None),
        (PLACEHOLDER, None),
        ("upstream app { server app-blue:80001; }", None),
        (None, None),
    ],
)
def test_a_file_from_before_us_names_a_colour_by_host_and_port(line: str | None, color: Color | None) -> None:
    assert named_color({"edge": seen(line)}, PLACES) is color


def test_two_files_that_name_different_colours_name_none() -> None:
    both = {"edge": seen("set $a http://app-blue:8000;"), "other": seen("set $a http://app-green:8000;")}

    assert named_color(both, dict.fromkeys(both, PLACES["edge"])) is None


def test_a_file_of_ours_names_nobody_that_it_does_not_say() -> None:
    assert named_color({"edge": seen(text(color=GREEN))}, PLACES) is None


@pytest.mark.parametrize(
    ("there", "what"),
    [
        (None, "is gone"),
        (PLACEHOLDER, "is not ours any more"),
        (text(generation=4), "is an old one, of generation 4"),
        (text().replace("app-blue:8000", "10.9.9.9:80"), "was changed by somebody"),
        (text(generation=6), "was written, and never seen to be taken up"),
        (text(), None),
        (text().replace("\n", "\r\n"), None),
        (leading(text(), True, {"172.18.0.9"}), None),
        (leading(text(), False, ()), None),
    ],
)
def test_damage_is_named(there: str | None, what: str | None) -> None:
    assert damages({"edge": seen(there)}, KNOWN, {"edge": text()}).get("edge") == what


def test_without_the_confirmed_text_a_generation_tells_what_is_old() -> None:
    for there, is_wrong in ((None, True), (PLACEHOLDER, True), (text(generation=4), True), (text(), False)):
        assert bool(damages({"edge": seen(there)}, KNOWN, {})) is is_wrong


def test_what_nginx_answers_confirms_a_file_that_nobody_has_confirmed() -> None:
    newer = marker(generation=6)

    assert damages({"edge": seen(text(generation=6), newer)}, KNOWN, {"edge": text()}) == {}


def test_where_nothing_was_live_yet_and_of_a_proxy_that_is_new_nothing_is_damage() -> None:
    assert damages({"edge": seen(PLACEHOLDER)}, None, {}) == {}
    assert damages({"new": seen(PLACEHOLDER)}, KNOWN, {}) == {}


def deployment(generation: int, color: Color | None = GREEN) -> Deployment:
    return Deployment(
        id=f"web-{generation}",
        installation="0" * 8,
        service="web",
        requested_by="me",
        requested_at=now(),
        generation=generation,
        to_color=color,
        release=Release(name="v2"),
        retired_by_switch={"edge": "1"},
    )


@pytest.mark.parametrize(
    ("confirmed", "of_record", "color"),
    [
        ({}, None, None),
        ({"edge": text(color=None)}, None, None),
        ({"edge": PLACEHOLDER}, None, None),
        ({"edge": text()}, None, BLUE),
        ({}, deployment(5), GREEN),
        ({"edge": text()}, deployment(4), BLUE),
        ({"edge": text()}, deployment(6), GREEN),
        ({"edge": text(), "old": text(color=GREEN, generation=3)}, None, BLUE),
    ],
)
def test_what_was_live_last_is_what_the_newer_of_host_and_record_says(
    confirmed: dict[str, str], of_record: Deployment | None, color: Color | None
) -> None:
    found = known(confirmed, of_record)

    assert (found.color if found else None) is color
    assert found is None or "edge" in found.labels


def run(*colors: Color) -> dict[Color, Instance]:
    return {color: Instance(color in colors, release=f"of {color}") for color in Color}


@pytest.mark.parametrize(
    ("running", "named", "release"),
    [
        ((BLUE,), None, "of blue"),
        ((BLUE, GREEN), None, "of blue"),
        ((BLUE, GREEN), BLUE, "of blue"),
        ((BLUE,), GREEN, "of blue"),  # nobody is served by what does not run
        ((), None, "v1"),
    ],
)
def test_where_no_proxy_tells_what_was_live_last_is_live_unless_something_denies_it(
    running: tuple[Color, ...], named: Color | None, release: str
) -> None:
    assert by_what_runs("web", KNOWN, {}, named, run(*running)) == (BLUE, release)


@pytest.mark.parametrize(("running", "named"), [((GREEN,), None), ((GREEN,), BLUE), ((BLUE, GREEN), GREEN)])
def test_a_contradiction_is_refused_with_what_each_says(running: tuple[Color, ...], named: Color | None) -> None:
    with pytest.raises(
        PhaseFailed, match="it is not clear which colour is live: the file of edge is gone"
    ) as refused:
        by_what_runs("web", KNOWN, {"edge": "is gone"}, named, run(*running))

    assert (
        "this host says blue, release v1" in refused.value.saw
        and "green runs release of green" in refused.value.saw
    )
    assert refused.value.advice.endswith("bluegreen repair web --color COLOR")
