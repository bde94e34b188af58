"""Deployments that wait for a promotion while something happens to them."""

from pathlib import Path

from bluegreen.deployment.states import State
from tests.chaos.arena import GOES_ON_WITHIN, PATIENCE, Arena, Start, Trial


class Held(Trial):
    """A good version that waits for its promotion, and gets it."""

    def enqueue(self) -> str:
        identity = self.hold()
        self.go_on(identity)
        return identity

    def hold(self) -> str:
        """Have it deployed until it waits; its id."""
        enqueued = self.host.bluegreen("deploy", "hello", "--ref", self.ref, "--hold", "--detach")
        assert enqueued.returncode == 0, enqueued.stderr
        identity = enqueued.stdout.strip()
        self.host.wait_until(lambda: self.is_waiting(identity), GOES_ON_WITHIN + PATIENCE)
        return identity

    def is_waiting(self, identity: str) -> bool:
        return self.host.deployment(identity).state is State.AWAITING_PROMOTION

    def go_on(self, identity: str) -> None:
        """Whoever asks waits for the worker that comes after one that was killed."""
        promoted = self.host.bluegreen("promote", identity, "--message", "a test")
        assert promoted.returncode == 0, promoted.stderr


class GivenUp(Held):
    """The same, aborted while it waits."""

    def go_on(self, identity: str) -> None:
        self.ending = State.ABORTED
        assert self.host.bluegreen("abort", identity).returncode == 0


class LeftAlone(Held):
    """The same, for as long as it may wait."""

    def go_on(self, identity: str) -> None:
        self.ending = State.ROLLED_BACK


class Hasty(Arena):
    """A host on which nothing waits for long."""

    note = " (nobody promotes)"

    def __init__(self, folder: Path, redis_url: str) -> None:
        super().__init__(folder, redis_url)
        with (folder / "bluegreen.toml").open("a") as file:
            file.write("[services.hello.approval]\ntimeout = 2\n")


HELD: Start = Held
GIVEN_UP: Start = GivenUp
LEFT_ALONE: Start = LeftAlone

#: where the way of each differs from that of a deployment that does not wait
PROMOTED_AT = (
    "health_check: before commit",
    "health_check: after commit",
    "requests: before promote",
    "requests: after promote",
    "health_check: before begin health_check (2)",
    "health_check: after begin health_check (2)",
    "health_check: before commit (2)",
    "health_check: after commit (2)",
)
GIVEN_UP_AT = ("requests: before request abort", "requests: after request abort")
OVER_AT = ("recovery: before end wait", "recovery: after end wait", "recovery: before launch")
