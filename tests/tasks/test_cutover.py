"""What a phase makes of the receipt that it carries on."""

from types import SimpleNamespace
from typing import Any, cast

import pytest

from deployment.errors import NotHealthy
from deployment.receipt import AccessLog, LogCount, ProxyReceipt, Receipt, Tally
from deployment.record import now
from deployment.settings import Bake
from deployment.states import Color, Phase
from tasks.cutover import Cutover
from tasks.run import Run

pytestmark = pytest.mark.unit


NONE = Tally()


def tally(color: str, good: int, bad: int) -> Tally:
    return Tally(answers={color: {"200": good, "502": bad}}, failed=bad)


def counting(users: Tally, probes: Tally = NONE, **bake: Any) -> Cutover:
    """A phase that finds these in the record, and nothing new in any log."""
    count = LogCount(log=AccessLog(path="/x"), tally=users)
    receipt = Receipt(proxies={"proxy": ProxyReceipt(logs=(count,), probes=probes)}, began=now())
    run = SimpleNamespace(
        record=SimpleNamespace(receipt=receipt, phases=(), phase_record=lambda phase: None),
        claim=SimpleNamespace(phase=Phase.VERIFY_TRAFFIC),
        service=SimpleNamespace(bake=Bake(**{"max_failure_rate": 0.1, **bake})),
        runtime=SimpleNamespace(logs=lambda color: "its last words"),
        proxies=(),
        target=Color.GREEN,
    )
    return Cutover(cast(Run, run))


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
