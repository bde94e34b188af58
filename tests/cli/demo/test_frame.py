import io
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from bluegreen.deployment.last_look import LastLook
from bluegreen.deployment.record import Deployment, Failure, PhaseRecord, Release, now
from bluegreen.deployment.states import Color, Phase, PhaseState, State
from cli.demo.acts import Act, Play
from cli.demo.frame import Frame, result, table
from cli.demo.traffic import Sample, Traffic
from tests.here import HERE

pytestmark = pytest.mark.unit


def deployment(state: State, **fields: Any) -> Deployment:
    moment = now()
    finished = moment + timedelta(seconds=2.5) if state.final else None
    return Deployment(
        id="hello-1", service="hello", installation=HERE.id, requested_by="me", requested_at=moment, generation=1,
        state=state, finished_at=finished, **fields,
    )  # fmt: skip


def play(answers: list[Sample] | None = None) -> Play:
    live = deployment(State.SUCCEEDED, to_color=Color.BLUE)
    broken = deployment(
        State.ROLLED_BACK,
        from_color=Color.BLUE,
        from_release=Release(name="v1"),
        error=Failure(phase=Phase.HEALTH_CHECK, what="green did not get healthy", saw="last answer: 500\nlog"),
        last_look=LastLook(True, "the old version serves (blue v1 answers)"),
    )
    acts = [
        Act("v1", State.SUCCEEDED, began=100, deployment=live),
        Act("v2-broken", State.ROLLED_BACK, began=110, deployment=broken),
        Act("v3", State.SUCCEEDED),
    ]
    return Play(acts, lambda: answers or [])


def drawn(what: object, width: int = 80) -> str:
    console = Console(file=io.StringIO(), width=width)
    console.print(what)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_the_table_counts_for_each_deployment_what_came_while_it_was_the_last_one() -> None:
    answers = [Sample(105, version="v1"), Sample(109, dropped=True), Sample(110, version="v1")]

    rows = [line.split() for line in drawn(table(play(answers), plain=True)).splitlines()]

    assert rows[1] == ["v1", "live", "on", "blue", "2.5", "2", "1"]
    assert rows[2] == ["v2-broken", "rolled", "back,", "blue", "v1", "serves", "on", "2.5", "1", "0"]
    assert rows[3] == ["v3"]


def test_a_running_deployment_shows_its_phase_and_how_far_it_is() -> None:
    done = PhaseRecord(name=Phase.CHECKOUT, state=PhaseState.DONE, started=now())
    act = Act("v1", State.SUCCEEDED, 100, "health_check", deployment(State.RUNNING, phases=(done, done)))

    assert result(act).plain == "●●○○○○○ health_check"


def test_a_failed_deployment_does_not_claim_that_anything_serves() -> None:
    act = Act("v1", State.SUCCEEDED, 100, "", deployment(State.FAILED, from_color=Color.BLUE))

    assert result(act).plain == "failed"


@pytest.mark.parametrize("width", [60, 80, 200])
def test_the_picture_fits_the_terminal(tmp_path: Path, width: int) -> None:
    traffic = Traffic("http://127.0.0.1:1/", tmp_path)
    traffic.began = 100.0
    answers = [Sample(100.05 + number / 10, color="blue", version="v1") for number in range(130)]

    with closing(traffic):
        picture = drawn(Frame(play(answers), traffic, "all went well\nnext"), width)

    assert max(map(len, picture.splitlines())) <= width
    for part in ("v1 is live", "deploy v2-broken", "bbbbb", "green did not get healthy", "500", "all went well"):
        assert part in picture


def test_without_colours_the_strip_is_in_letters(tmp_path: Path) -> None:
    console = Console(
        file=io.StringIO(),
        width=80,
        force_terminal=True,
        color_system="truecolor",
        no_color=True,
        legacy_windows=False,
    )
    with closing(Traffic("http://127.0.0.1:1/", tmp_path)) as traffic, console.capture() as capture:
        traffic.began = 100.0
        console.print(Frame(play([Sample(100.05, color="green", version="v1")]), traffic))

    lines = [line.strip() for line in capture.get().splitlines()]
    assert "g" in lines and "x: one was dropped" in lines[lines.index("g") + 1]


def test_dropped_requests_are_complained_of_with_their_errors() -> None:
    acts = [Act("v1", State.SUCCEEDED)]
    bad = Play(acts, lambda: [Sample(1, version="v1"), Sample(2, dropped=True, error="502 Bad Gateway")])

    assert bad.problems() == ["1 of 2 requests were dropped: 502 Bad Gateway"]


def test_a_version_that_users_should_not_have_seen_is_complained_of() -> None:
    acts = [Act("v1", State.SUCCEEDED), Act("v2-broken", State.ROLLED_BACK)]
    bad = Play(acts, lambda: [Sample(1, version="v1"), Sample(2, version="v2-broken")])

    assert bad.problems() == ["users should have seen v1; they saw v1 then v2-broken"]


def test_an_ending_that_was_not_expected_is_told_with_its_error() -> None:
    failure = Failure(phase=Phase.HEALTH_CHECK, what="blue did not get healthy", saw="last answer: 500")
    act = Act("v1", State.SUCCEEDED, 100, "", deployment(State.ROLLED_BACK, error=failure))

    assert act.surprise() == (
        "v1 is rolled_back where it should be succeeded: blue did not get healthy\nlast answer: 500"
    )
