"""What phases do with the services of a release that have no traffic: workers, a scheduler, a consumer.

Each is known by the section of the config file that names it. What runs of the version before is known by
containers: it may have been started by another deployment, or by people, before the first one.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Protocol

from bluegreen.deployment.cancellation import Cancellation
from bluegreen.deployment.record import Release
from bluegreen.deployment.runtime import Instance, Weakness
from bluegreen.deployment.states import Color


class Background(Protocol):
    """The background services of one service, on both colours. Every verb may run twice."""

    def preflight(
        self, color: Color, release: Release | None = None, deployment_id: str | None = None
    ) -> Collection[Weakness]:
        """Raise PhaseFailed while nothing is changed yet, as `Runtime.preflight` does."""

    def adaptations(self) -> Sequence[str]:
        """What they have otherwise than the project's own files say, a line each, with its reason."""

    def start(
        self,
        color: Color,
        release: Release,
        deployment_id: str,
        names: Collection[str],
        cancellation: Cancellation,
    ) -> None:
        """Afterwards each of these was started for this deployment, of this release; not once more."""

    def look(self, color: Color) -> Mapping[str, Sequence[Instance]]:
        """What there is now of each; nothing, where it was never started."""

    def logs(self, color: Color, name: str, lines: int = 60) -> str:
        """The last log lines of one, of what does not run any more where there is such; empty without any."""

    def log_lines(self, color: Color, name: str, lines: int, follow: bool) -> Iterator[str | None]:
        """Of the same, as `Runtime.log_lines`. NotRunning where there is none."""

    def former(self, color: Color) -> Mapping[str, str | None]:
        """What runs that is not this colour's, by the names of containers: the section of each, where it has one.

        That is the other colour's, and what people have started of the project itself.
        """

    def end(self, color: Color, containers: Collection[str], cancellation: Cancellation) -> None:
        """Afterwards none of these runs: each was asked to end, and had its own grace for what it had in hand.

        What is not of the other colour, nor of the project itself, is left alone, whoever names it.
        """

    def resume(self, color: Color, containers: Collection[str], cancellation: Cancellation) -> None:
        """Afterwards each of these that is still there runs again. The rest is as with `end`."""

    def remove(self, color: Color, cancellation: Cancellation) -> None:
        """Afterwards nothing is left of the colour's: each was asked to end first, with its own grace."""
