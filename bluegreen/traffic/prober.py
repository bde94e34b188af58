"""Asks a site at a steady rate, whatever it answers, and counts what came back."""

import threading
from time import monotonic

from bluegreen.deployment.receipt import NO_ANSWER, UNKNOWN, Tally, longest
from bluegreen.settings.service import HealthSettings
from bluegreen.traffic import health

#: requests that may wait for their answer at once: a site that hangs is not asked more and more
THREADS = 4
#: seconds for the last answers when the prober is stopped: it must not hold up a deployment
GRACE = 0.05


class Prober:
    """Sends `rate` requests a second to the url while the `with` block runs.

    Each thread has its own turns; one that still waits for an answer lets its turns pass. `tally` is what was
    counted so far. Requests without an answer when the block is left are not in it, but the silence is.
    """

    def __init__(self, url: str, rate: float, settings: HealthSettings) -> None:
        self._url = url
        self._rate = rate
        self._health = settings
        self._tally = Tally()
        self._lock = threading.Lock()
        self._over = threading.Event()
        self._answered = 0.0
        self._threads = [
            threading.Thread(target=self._ask, args=(turn,), name=f"probe {turn}", daemon=True)
            for turn in range(THREADS)
        ]

    def __enter__(self) -> "Prober":
        self._began = self._answered = monotonic()
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        deadline = monotonic() + GRACE
        for thread in self._threads:
            thread.join(max(0.0, deadline - monotonic()))
        with self._lock:
            self._note_silence()

    @property
    def tally(self) -> Tally:
        with self._lock:
            return self._tally

    def _ask(self, turn: int) -> None:
        while not self._over.wait(max(0.0, self._began + turn / self._rate - monotonic())):
            self._count(health.ask(self._url, self._health))
            passed = int((monotonic() - self._began) * self._rate)
            turn += THREADS * max(1, -((turn - passed) // THREADS))

    def _count(self, judged: health.Judged) -> None:
        status, good = judged.answer.status, judged.good
        one = Tally(
            answers={UNKNOWN: {NO_ANSWER if status is None else str(status): 1}},
            failed=int(not good),
            slowest=round(judged.answer.seconds, 3),
        )
        with self._lock:
            self._tally = self._tally.plus(one)
            if good:
                self._note_silence()
                self._answered = monotonic()

    def _note_silence(self) -> None:
        """How long there was no good answer, up to this moment."""
        gap = longest(self._tally.longest_gap, round(monotonic() - self._answered, 3))
        self._tally = self._tally.with_(longest_gap=gap)
