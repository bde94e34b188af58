"""What a phase makes of the receipt that it carries on."""

from collections.abc import Sequence
from contextlib import AbstractContextManager, ExitStack
from types import SimpleNamespace
from typing import Any, cast

import pytest

from bluegreen.deployment.errors import NotHealthy
from bluegreen.deployment.receipt import AccessLog, LogCount, ProxyReceipt, Receipt, Tally
from bluegreen.deployment.record import PhaseRecord, now
from bluegreen.deployment.states import Color, Phase, PhaseState
from bluegreen.settings.service import ServiceSettings
from tasks.context import PhaseContext
from tasks.request_count import Cutover

pytestmark = pytest.mark.unit


NONE = Tally()
SERVICE = {
    "ports": {"blue": 8000, "green": 8001},
    "processes": {"command": ["x"]},
    "proxies": [{"conf": "nginx.conf", "file": "app.inc"}],
}


def tally(color: str, good: int, bad: int) -> Tally:
    return Tally(answers={color: {"200": good, "502": bad}}, failed=bad)


def counting(users: Tally, probes: Tally = NONE, phases: Sequence[PhaseRecord] = (), **bake: Any) -> Cutover:
    """A phase that finds these in the record, and nothing new in any log."""
    count = LogCount(log=AccessLog(path="/x"), tally=users)
    receipt = Receipt(proxies={"proxy": ProxyReceipt(logs=(count,), probes=probes)}, began=now())
    context = SimpleNamespace(
        deployment=SimpleNamespace(receipt=receipt, phases=phases, protocol="http"),
        service=ServiceSettings.model_validate({**SERVICE, "bake": {"max_failure_rate": 0.1, **bake}}),
        runtime=SimpleNamespace(logs=lambda color: "its last words"),
        proxies=[],
        target=Color.GREEN,
        way_back="The old version takes the traffic back.",
    )
    return Cutover(cast(PhaseContext, context))


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
    counting_on = counting(NONE, phases=phases)
    counting_on.run.proxies = (cast(Any, SimpleNamespace(label="proxy", settings=SimpleNamespace(url=url))),)

    with ExitStack() as probing:
        counting_on.probe(probing)

    told = counting_on.so_far().lost
    assert len(told) == lost and all(name in text for name, text in zip(("switch", "restore"), told, strict=False))
