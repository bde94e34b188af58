"""Counts what becomes of requests while the traffic is turned over, for the deployment's receipt.

A receipt never fails a deployment: what cannot be seen is said in it. The record has the counts and, beside them,
how far each log was counted; the next phase, or whoever takes over, goes on from there. Only what the probes of a
killed worker had seen is lost.
"""

import logging
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from time import monotonic

from bluegreen.deployment.errors import BlueGreenError, NotHealthy
from bluegreen.deployment.receipt import ProxyReceipt, Receipt, Tally
from bluegreen.deployment.record import now
from bluegreen.deployment.states import Phase
from bluegreen.deployment.upkeep import Fit
from bluegreen.traffic.prober import Prober
from tasks.context import PhaseContext

log = logging.getLogger(__name__)

#: seconds between two looks at the failure rate
JUDGE_SECONDS = 1.0
#: the phases that probe
PROBING = (
    Phase.SWITCH_TRAFFIC,
    Phase.VERIFY_TRAFFIC,
    Phase.CLEANUP_OLD_VERSION,
    Phase.RESTORE_TRAFFIC,
    Phase.REMOVE_NEW_VERSION,
)


def blank_receipt(fits: Mapping[str, Fit]) -> Receipt:
    """What is to be counted, by the proxies' labels; for a version that takes the traffic over from another."""
    return Receipt(proxies={label: fit.receipt for label, fit in fits.items()})


def begin_count(context: PhaseContext) -> None:
    """Afterwards the record says where each log ends now: from there on requests count. Once for a deployment."""
    receipt = context.deployment.receipt
    if receipt is None or receipt.began:
        return
    began = receipt.with_(proxies=context.site.logs.start(receipt.proxies), began=now())
    context.note(receipt=_without_previews(context, began))


def _without_previews(context: PhaseContext, receipt: Receipt) -> Receipt:
    """What has gone to the new version until now, while it had a preview, was not the users'."""
    return receipt.without_previews(context.target, now()) if context.deployment.preview else receipt


@contextmanager
def cutover(context: PhaseContext, ends: bool = False) -> Iterator["Cutover"]:
    """Probe each proxy while the block runs. When it is left, however, the record has what was counted.

    Nothing happens unless the count was begun.

    `ends`: the block is the last of the cutover, so that the logs are counted to their ends. An error before the
    point of no return makes another block the last, and the rollback does not wait for this one's count.
    """
    counting = Cutover(context)
    is_last = False
    try:
        with ExitStack() as probing:
            counting.probe(probing)
            yield counting
        is_last = ends
    finally:
        counting.save(is_last or (ends and context.deployment.past_point_of_no_return))


class Cutover:
    """The receipt, as one phase carries it on."""

    def __init__(self, context: PhaseContext) -> None:
        self.run = context
        self._before = context.deployment.receipt or Receipt()
        self._read = self._before
        self._probers: dict[str, Prober] = {}
        self._judged = 0.0

    def probe(self, probing: ExitStack) -> None:
        """Probe each proxy that has a `url` until the stack is left."""
        rate, health = self.run.service.receipt.probe_rate, self.run.site.probing(self.run.service.health)
        is_asked = rate and self._before.began and self.run.deployment.protocol != "grpc"
        for proxy in self.run.service.proxies if is_asked else ():
            if proxy.url:
                prober = Prober(proxy.url.rstrip("/") + health.path, rate, health)
                self._probers[proxy.label] = probing.enter_context(prober)

    def leave_out_previews(self) -> None:
        """Called just before users get the new version: what was sent to it until then is not counted."""
        self._read = _without_previews(self.run, self._read)

    def read_logs(self) -> Receipt:
        """Count what the logs have more by now; all that was counted so far."""
        self._read = self._read.with_(proxies=self.run.site.logs.read_on(self._read.proxies))
        return self.so_far()

    def so_far(self) -> Receipt:
        """All that was counted, what the probes have seen up to now included."""
        proxies = {label: self._with_probes(label, receipt) for label, receipt in self._read.proxies.items()}
        return self._read.with_(proxies=proxies, lost=self._lost())

    def save(self, ends: bool) -> None:
        """Write it down; where the cutover ends, with the logs counted to their ends.

        A claim that is over has a successor who counts.
        """
        if not self._before.began:
            return
        try:
            self.run.note(receipt=self.read_logs() if ends else self.so_far())
        except BlueGreenError as error:
            log.info("the receipt of %s was not written: %s", self.run.deployment.id, error.what)
        except Exception:
            log.exception("the receipt of %s was not written", self.run.deployment.id)

    def judge(self, last: bool) -> None:
        """Raise NotHealthy when of the target's requests, or of the probes, a larger share failed than may.

        All since the count began are judged. It may be called often: it looks once in JUDGE_SECONDS, and the last
        time.
        """
        bake = self.run.service.bake
        if bake.max_failure_rate is None or not (last or monotonic() >= self._judged + JUDGE_SECONDS):
            return
        receipt, self._judged = self.read_logs(), monotonic()
        for seen, what in ((receipt.counted.of(self.run.target), "requests"), (receipt.probed, "probes")):
            if seen.total >= bake.min_requests and seen.failed > seen.total * bake.max_failure_rate:
                raise self._too_many(seen, what, bake.max_failure_rate)

    def _too_many(self, seen: Tally, what: str, allowed: float) -> NotHealthy:
        return NotHealthy(
            f"since the switch, {seen.failed} of {seen.total} {what} failed: "
            f"{seen.failed / seen.total:.1%}, and bake.max_failure_rate is {allowed:.1%}",
            f"answers: {_described(seen)}\nlast log lines:\n{self.run.runtime.logs(self.run.target).strip()}",
            self.run.way_back,
        )

    def _with_probes(self, label: str, receipt: ProxyReceipt) -> ProxyReceipt:
        prober = self._probers.get(label)
        probes = receipt.probes.plus(prober.tally if prober else Tally())
        return receipt.with_(probes=probes)

    def _lost(self) -> tuple[str, ...]:
        """What probes had seen before their worker went silent; who went on with the phase may not have probed."""
        if not self._probers:
            return self._before.lost
        silent = [each.name for each in self.run.deployment.phases if each.takeovers and each.name in PROBING]
        lost = (f"what the probes saw in {name} before its worker went silent" for name in silent)
        return tuple(dict.fromkeys((*self._before.lost, *lost)))


def _described(tally: Tally) -> str:
    counts = [(status, number) for by_status in tally.answers.values() for status, number in by_status.items()]
    return ", ".join(f"{number} x {status}" for status, number in sorted(counts))
