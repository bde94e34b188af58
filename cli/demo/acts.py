"""The deployments of the demo: what shall become of each, what became of it, and what users saw of it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bluegreen.deployment.record import Deployment
from bluegreen.deployment.states import State
from cli.demo.traffic import Sample


@dataclass
class Act:
    """One deployment."""

    ref: str
    expected: State
    #: when it was asked for
    began: float | None = None
    #: the phase that it is in, and its record, once there are any
    phase: str = ""
    deployment: Deployment | None = None

    @property
    def is_over(self) -> bool:
        return self.deployment is not None and self.deployment.state.final

    def surprise(self) -> str:
        """What became of it instead of what should have; empty when it went as expected."""
        if self.deployment is None or self.deployment.state is self.expected:
            return ""
        error = self.deployment.error
        why = f": {error.what}\n{error.saw}" if error else ""
        return f"{self.ref} is {self.deployment.state} where it should be {self.expected}{why}".strip()


@dataclass(frozen=True)
class Play:
    """All of them, in order."""

    acts: Sequence[Act]
    #: what has been answered so far
    answers: Callable[[], list[Sample]]

    def answers_of(self, act: Act) -> list[Sample]:
        """What came between the beginning of this deployment and that of the next one."""
        if act.began is None:
            return []
        later = [each.began for each in self.acts if each.began is not None and each.began > act.began]
        until = min(later, default=float("inf"))
        return [each for each in self.answers() if act.began <= each.at < until]

    def problems(self) -> list[str]:
        """What users saw that they should not have seen; empty when there is nothing of the kind."""
        answers, found = self.answers(), list[str]()
        if bad := [each for each in answers if each.dropped]:
            why = sorted({each.error for each in bad})
            found.append(f"{len(bad)} of {len(answers)} requests were dropped: {'; '.join(why[:3])}")
        wanted = [act.ref for act in self.acts if act.expected is State.SUCCEEDED]
        if (seen := _versions(answers)) != wanted:
            found.append(f"users should have seen {' then '.join(wanted)}; they saw {' then '.join(seen)}")
        return found


def _versions(answers: Sequence[Sample]) -> list[str]:
    """The versions by their first answers: while the old one finishes, both answer."""
    return list(dict.fromkeys(each.version for each in answers if not each.dropped))
