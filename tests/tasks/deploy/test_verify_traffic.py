"""What turns a deployment back after its switch. Its proxies have no `url`: the new version itself is asked."""

import itertools
from pathlib import Path
from typing import Any

import pytest

from bluegreen.deployment.errors import AbortRequested, NotHealthy
from bluegreen.deployment.record import Release
from bluegreen.deployment.runtime import Instance
from bluegreen.deployment.states import Color, Phase
from bluegreen.http import Response
from bluegreen.traffic.checks import Checked
from bluegreen.traffic.health import Judged
from tasks.context import PhaseContext
from tasks.deploy.verify_traffic import TOLERATED, verify_traffic
from tests.cancellations import Cut
from tests.runtimes.in_memory import WELL
from tests.tasks.memory import Host

pytestmark = pytest.mark.unit

PROXY = {"conf": "one", "file": "one", "url": "https://site.example"}
BAD = Response(500, "oh no", 0.0)


def switched(
    folder: Path, answers: list[Response], seconds: float = 0, **settings: Any
) -> tuple[Host, PhaseContext]:
    """Green serves, and answers this in turn; the last again and again."""
    host = Host(folder, bake={"seconds": seconds}, **settings)
    host.runtime.colors[Color.GREEN] = Instance(True)
    host.runtime.lines[Color.GREEN] = "its last words"
    said = itertools.chain(answers, itertools.repeat(answers[-1]))
    host.runtime.answer = lambda color: next(said)
    release = Release(name="v2")
    return host, host.deployment(
        Phase.VERIFY_TRAFFIC, from_color=Color.BLUE, to_color=Color.GREEN, release=release
    )


def test_a_version_that_answers_well_holds(tmp_path: Path) -> None:
    _, context = switched(tmp_path, [WELL])

    assert verify_traffic.work(context) == "held for 0 s (1 probes)"


@pytest.mark.parametrize(
    ("settings", "does"),
    [
        ({"checks": [{"path": "/api"}], "proxies": [PROXY]}, ["waits", "asks"]),
        ({"hooks": [{"at": "after_switch", "command": ["true"]}]}, ["waits"]),
        ({"proxies": [PROXY]}, []),
    ],
    ids=["a check", "a hook", "neither"],
)
def test_what_asks_the_site_is_not_answered_by_the_old_version(
    tmp_path: Path, settings: dict[str, Any], does: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    host, context = switched(tmp_path, [WELL], **settings)
    done = list[str]()
    monkeypatch.setattr(host.router, "drain", lambda *_: done.append("waits") or 0)
    context.request_check = lambda *_: done.append("asks") or Checked(WELL, "")  # type: ignore[func-returns-value]
    context.ask_through_proxy = lambda _: context.ask_color(Color.GREEN)

    verify_traffic.work(context)

    assert done == does


def test_bad_answers_that_stop_are_waited_out(tmp_path: Path) -> None:
    """The time is over, and a version whose last answer was bad has not held."""
    _, context = switched(tmp_path, [BAD] * TOLERATED + [WELL])

    assert verify_traffic.work(context) == f"held for 0 s ({TOLERATED + 1} probes)"


def test_bad_answers_in_a_row_turn_it_back(tmp_path: Path) -> None:
    _, context = switched(tmp_path, [WELL] + [BAD] * (TOLERATED + 1), seconds=60)

    with pytest.raises(NotHealthy, match="green failed 3 times in a row") as refused:
        verify_traffic.work(context)

    assert "500: oh no" in refused.value.saw and "its last words" in refused.value.saw
    assert refused.value.advice == "The old version takes the traffic back."


def test_an_abort_ends_the_bake(tmp_path: Path) -> None:
    host, context = switched(tmp_path, [WELL], seconds=60)
    cancellation = Cut(at_once=True)
    host.cancellation = cancellation

    with pytest.raises(AbortRequested):
        verify_traffic.work(host.context(context.lease, context.deployment))


@pytest.mark.parametrize(
    ("protocol", "asked"),
    [("http", ["http://green:80/", "https://site.example/"]), ("grpc", ["http://green:80/"])],
)
def test_the_site_is_asked_through_each_proxy_that_has_a_url_unless_it_speaks_grpc(
    tmp_path: Path, protocol: str, asked: list[str]
) -> None:
    proxies = [{"conf": "one", "file": "one", "url": "https://site.example/"}, {"conf": "other", "file": "other"}]
    host = Host(tmp_path, bake={"seconds": 0}, proxies=proxies)
    context = host.switched(Phase.VERIFY_TRAFFIC)
    context.note(protocol=protocol)
    seen: list[str] = []

    def request(url: str, _: object) -> Judged:
        seen.append(url)
        return Judged(WELL, True)

    context.request = request

    assert verify_traffic.work(context) == f"held for 0 s ({len(asked)} probes)"
    assert seen == asked
