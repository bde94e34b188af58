"""Background services without a process: what runs, they only say."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace

from bluegreen import failpoints
from bluegreen.deployment.cancellation import Cancellation
from bluegreen.deployment.record import Release
from bluegreen.deployment.runtime import Instance, Weakness
from bluegreen.deployment.states import Color


class MemoryBackground:
    """A `Background` whose containers are entries of dicts. `log` has each effect, in order."""

    def __init__(self) -> None:
        self.instances: dict[tuple[Color, str], Instance] = {}
        #: containers from before by their names, each with its section; those that run
        self.before: dict[str, str | None] = {}
        self.running: set[str] = set()
        self.log: list[str] = []
        #: how each is that is started
        self.starts_as = Instance(True)

    def preflight(self, *_: object) -> Collection[Weakness]:
        return ()

    def adaptations(self) -> Sequence[str]:
        return ()

    def start(
        self,
        color: Color,
        release: Release,
        deployment_id: str,
        names: Collection[str],
        cancellation: Cancellation,
    ) -> None:
        if missing := [name for name in names if self._of(color, name) != deployment_id]:
            with self._doing(f"start {color} {', '.join(missing)}", cancellation):
                for name in missing:
                    self.instances[color, name] = replace(self.starts_as, deployment_id=deployment_id)

    def look(self, color: Color) -> Mapping[str, Sequence[Instance]]:
        return {name: [each] for (of, name), each in self.instances.items() if of is color}

    def logs(self, color: Color, name: str, lines: int = 60) -> str:
        return f"the last words of {name}"

    def log_lines(self, color: Color, name: str, lines: int, follow: bool) -> Iterator[str | None]:
        yield self.logs(color, name)

    def former(self, color: Color) -> Mapping[str, str | None]:
        return {name: section for name, section in self.before.items() if name in self.running}

    def end(self, color: Color, containers: Collection[str], cancellation: Cancellation) -> None:
        with self._doing(f"end {', '.join(containers)}", cancellation):
            self.running -= set(containers)

    def resume(self, color: Color, containers: Collection[str], cancellation: Cancellation) -> None:
        with self._doing(f"resume {', '.join(containers)}", cancellation):
            self.running |= set(containers) & self.before.keys()

    def remove(self, color: Color, cancellation: Cancellation) -> None:
        with self._doing(f"remove {color}", cancellation):
            self.instances = {key: each for key, each in self.instances.items() if key[0] is not color}

    def works(self, section: str) -> list[str]:
        """What runs of a section, old and new."""
        new = [
            f"{color} {name}" for (color, name), each in self.instances.items() if name == section and each.running
        ]
        return [*(name for name in self.running if self.before[name] == section), *new]

    def _of(self, color: Color, name: str) -> str | None:
        found = self.instances.get((color, name))
        return found.deployment_id if found else None

    @contextmanager
    def _doing(self, what: str, cancellation: Cancellation) -> Iterator[None]:
        cancellation.check()
        with failpoints.around(what):
            self.log.append(what)
            yield
            assert len(self.works("beat")) <= 1, f"two beats run: {self.log}"
