"""What a phase makes of the receipt that it carries on."""

from collections.abc import Sequence
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path
from typing import Any, ClassVar

import pytest

from bluegreen.deployment.errors import NotHealthy, PhaseFailed
from bluegreen.deployment.receipt import AccessLog, LogCount, ProxyReceipt, Receipt, Tally
from bluegreen.deployment.record import PhaseRecord, now
from bluegreen.deployment.states import Color, Phase, PhaseState
from tasks import request_count
from tasks.context import PhaseContext
from tasks.request_count import Cutover, begin_count, cutover
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
    """Sends nothing, and has seen three good answers all the same."""

    made: ClassVar[list[tuple[object, ...]]] = []
    tally = tally("green", 3, 0)

    def __init__(self, *given: object) -> None:
        self.made.append(given)

    def __exit__(self, *_: object) -> None:
        self.made.append(("over",))


@pytest.mark.parametrize(("url", "lost"), [("http://127.0.0.1:1", 2), (None, 0)])
def test_what_probes_of_earlier_phases_saw_is_lost_with_their_workers(
    url: str | None, lost: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    NoProber.made.clear()
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


SEEN = ProxyReceipt(logs=(LogCount(log=AccessLog(path="/x"), tally=tally("green", 5, 1)),))


@pytest.fixture
def counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Host, PhaseContext]:
    """A phase in which requests are counted, of a proxy that is probed; its log has got more by now."""
    NoProber.made.clear()
    monkeypatch.setattr(request_count, "Prober", NoProber)
    proxies = [{"conf": "nginx.conf", "file": "app.inc", "url": "http://site.example/"}]
    host = Host(tmp_path, proxies=proxies, bake={"max_failure_rate": 0.5})
    context = host.switched(Phase.CLEANUP_OLD_VERSION)
    context.note(receipt=Receipt(proxies={"nginx.conf": ProxyReceipt()}, began=now()))
    host.logs.seen = {"nginx.conf": SEEN}
    return host, context


def saved(host: Host, context: PhaseContext) -> Receipt:
    receipt = host.written(context).receipt
    assert receipt is not None
    return receipt


def test_each_proxy_is_probed_until_the_block_is_left_and_that_is_noted(counted: Any) -> None:
    host, context = counted

    with cutover(context):
        assert [given[0] for given in NoProber.made] == [f"http://site.example{host.settings.health.path}"]

    assert NoProber.made[-1] == ("over",) and len(NoProber.made) == 2
    assert saved(host, context).probed.total == 3
    assert saved(host, context).counted.total == 0, "the logs are read where the cutover ends"


@pytest.mark.parametrize("how", ["no count was begun", "it speaks gRPC", "no rate"])
def test_nobody_probes_where_it_makes_no_sense(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, how: str) -> None:
    NoProber.made.clear()
    monkeypatch.setattr(request_count, "Prober", NoProber)
    proxies = [{"conf": "nginx.conf", "file": "app.inc", "url": "http://site.example/"}]
    host = Host(tmp_path, proxies=proxies, receipt={"probe_rate": 0 if how == "no rate" else 1})
    context = host.switched(Phase.CLEANUP_OLD_VERSION)
    began = None if how == "no count was begun" else now()
    protocol = "grpc" if how == "it speaks gRPC" else "http"
    context.note(receipt=Receipt(proxies={"nginx.conf": ProxyReceipt()}, began=began), protocol=protocol)

    with cutover(context):
        pass

    assert NoProber.made == []


def test_logs_are_counted_to_their_ends_where_the_cutover_ends(counted: Any) -> None:
    host, context = counted

    with cutover(context, ends=True):
        pass

    assert (saved(host, context).counted.total, saved(host, context).failed) == (6, 1)


@pytest.mark.parametrize("is_past", [False, True])
def test_after_an_error_they_are_where_there_is_no_way_back(counted: Any, is_past: bool) -> None:
    host, context = counted
    if is_past:
        context.pass_point_of_no_return()

    with pytest.raises(PhaseFailed, match="the stop"), cutover(context, ends=True):
        raise PhaseFailed("the stop failed")

    assert saved(host, context).counted.total == (6 if is_past else 0)
    assert saved(host, context).probed.total == 3, "what the probes saw counts in any case"


@pytest.mark.parametrize(
    "error", [PhaseFailed("the log is away"), ValueError("a defect")], ids=["known", "defect"]
)
def test_a_receipt_never_fails_a_deployment(
    counted: Any, monkeypatch: pytest.MonkeyPatch, error: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    host, context = counted

    def read_on(*_: object) -> None:
        raise error

    monkeypatch.setattr(host.logs, "read_on", read_on)

    with caplog.at_level("INFO"), cutover(context, ends=True):
        pass

    assert f"the receipt of {context.deployment.id} was not written" in caplog.text
    assert saved(host, context).probed.total == 0


def test_a_count_begins_once_for_a_deployment(counted: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    host, context = counted
    began = saved(host, context).began
    begin_count(context)
    assert saved(host, context).began == began

    context.note(receipt=Receipt(proxies={"nginx.conf": ProxyReceipt()}))
    monkeypatch.setattr(host.logs, "start", lambda receipts: dict.fromkeys(receipts, SEEN))
    begin_count(context)

    assert saved(host, context).began is not None and saved(host, context).proxies == {"nginx.conf": SEEN}


def test_it_judges_once_a_second_and_the_last_time(counted: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    host, context = counted
    looks = list[object]()
    monkeypatch.setattr(host.logs, "read_on", lambda receipts: looks.append(receipts) or receipts)
    times = iter([100.0, 100.0, 100.5, 101.0, 101.0, 101.1])
    monkeypatch.setattr(request_count, "monotonic", lambda: next(times))
    judging = Cutover(context)

    for last in (False, False, False, True):
        judging.judge(last)

    assert len(looks) == 3, "at once, not after half a second, after a second, and at the end"
