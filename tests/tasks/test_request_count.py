"""What a phase makes of the receipt that it carries on."""

from collections.abc import Sequence
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path
from typing import Any

import pytest

from bluegreen.deployment.errors import NotHealthy
from bluegreen.deployment.receipt import AccessLog, LogCount, ProxyReceipt, Receipt, Tally
from bluegreen.deployment.record import PhaseRecord, now
from bluegreen.deployment.states import Color, Phase, PhaseState
from tasks.request_count import Cutover
from tests.tasks.memory import Host

pytestmark = pytest.mark.unit


NONE = Tally()
#: of a deployment whose traffic is being verified
RUNS = PhaseRecord(name=Phase.VERIFY_TRAFFIC, state=PhaseState.RUNNING, started=now())


def tally(color: str, good: int, bad: int) -> Tally:
    return Tally(answers={color: {"200": good, "502": bad}}, failed=bad)


def counting(
    users: Tally,
    probes: Tally = NONE,
    phases: Sequence[PhaseRecord] = (RUNS,),
    url: str | None = None,
    **bake: Any,
) -> Cutover:
    """A phase that finds these in the record, and nothing new in any log."""
    count = LogCount(log=AccessLog(path="/x"), tally=users)
    receipt = Receipt(proxies={"proxy": ProxyReceipt(logs=(count,), probes=probes)}, began=now())
    proxy = {"conf": "nginx.conf", "file": "app.inc", "url": url}
    host = Host(Path("nowhere"), bake={"max_failure_rate": 0.1, **bake}, proxies=[proxy])
    context = host.deployment(
        Phase.VERIFY_TRAFFIC, to_color=Color.GREEN, from_color=Color.BLUE, receipt=receipt, phases=phases
    )
    return Cutover(context)


@pytest.mark.parametrize(
    ("users", "probes", "what"),
    [
        (tally("green", 17, 3), NONE, "3 of 20 requests failed: 15.0%"),
        (tally("unknown", 17, 3), NONE, "3 of 20 requests failed"),
        (NONE, tally("unknown", 10, 10), "10 of 20 probes failed"),
        (tally("green", 1000, 0), tally("unknown", 10, 10), "10 of 20 probes failed"),
        (tally("green", 17, 3), tally("unknown", 1000, 0), "3 of 20 requests failed"),
    ],
)
def test_all_since_the_count_began_is_judged_users_and_probes_each_for_themselves(
    users: Tally, probes: Tally, what: str
) -> None:
    with pytest.raises(NotHealthy, match=what):
        counting(users, probes).judge(last=True)


@pytest.mark.parametrize(
    ("users", "probes"),
    [
        (tally("green", 18, 2), tally("unknown", 18, 2)),
        (tally("green", 0, 19), tally("unknown", 0, 19)),
        (tally("blue", 0, 100), NONE),
    ],
)
def test_few_failures_few_requests_and_the_old_colour_s_turn_nothing_back(users: Tally, probes: Tally) -> None:
    counting(users, probes).judge(last=True)


def test_nobody_judges_unless_asked_to() -> None:
    counting(tally("green", 0, 1000), max_failure_rate=None).judge(last=True)


class NoProber(AbstractContextManager):
    """Sends nothing."""

    tally = NONE

    def __init__(self, *_: object) -> None: ...

    def __exit__(self, *_: object) -> None: ...


@pytest.mark.parametrize(("url", "lost"), [("http://127.0.0.1:1", 2), (None, 0)])
def test_what_probes_of_earlier_phases_saw_is_lost_with_their_workers(
    url: str | None, lost: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tasks.request_count.Prober", NoProber)
    taken_over = {
        Phase.HEALTH_CHECK: 1,
        Phase.SWITCH_TRAFFIC: 2,
        Phase.VERIFY_TRAFFIC: 0,
        Phase.COLLECT_LOGS: 1,
        Phase.RESTORE_TRAFFIC: 1,
    }
    phases = [
        PhaseRecord(name=name, state=PhaseState.DONE, started=now(), takeovers=takeovers)
        for name, takeovers in taken_over.items()
    ]
    counting_on = counting(NONE, phases=phases, url=url)

    with ExitStack() as probing:
        counting_on.probe(probing)

    told = counting_on.so_far().lost
    assert len(told) == lost and all(name in text for name, text in zip(("switch", "restore"), told, strict=False))
