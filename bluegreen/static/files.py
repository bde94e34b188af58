"""The static files of a service's releases, in the folder that nginx serves.

The folder has the files of all releases that are kept, so that a page of the one before still finds its own. For a
path that several have, the file of the live one counts. Each release has a copy of its own in the state folder.
"""

import contextlib
import tempfile
from collections.abc import Callable, Collection, Iterator, Sequence
from pathlib import Path

from bluegreen import failpoints
from bluegreen.deployment.cancellation import Cancellation
from bluegreen.deployment.errors import PhaseFailed
from bluegreen.static import folder
from bluegreen.static.state import FORMER, Known, load, save
from bluegreen.static.union import gone, union
from bluegreen.system import platform
from bluegreen.system.locks import exclusive


class StaticFiles:
    """Of one service. Every verb may run twice: it looks at what is there, and does what is missing."""

    def __init__(self, state_folder: Path, served: Path) -> None:
        self.served = served
        self._releases = state_folder / "releases"
        #: what was not ours, where one of our files has its path
        self._former = state_folder / "former"
        self._state = state_folder / "static.json"
        self._lock = state_folder / "static.lock"

    def expect_writable(self) -> None:
        """Raise PhaseFailed where nothing can be written into the folder, or it cannot be made."""
        with _translated(self.served, "Give the worker's user the folder that static.to names."):
            there = next(each for each in (self.served, *self.served.parents) if each.exists())
            with tempfile.TemporaryFile(dir=there):
                pass

    def has(self, release: str) -> bool:
        """Whether its files are served."""
        return release in load(self._state).order

    def add(
        self, release: str, deployment_id: str | None, fill: Callable[[Path], None], cancellation: Cancellation
    ) -> None:
        """Afterwards the release's files are served, too; where a path is taken, what is there stays.

        `fill` puts them into a folder. `deployment_id`: whose failure takes them away again; None: nobody's.
        """
        with self._changing(cancellation) as known:
            if deployment_id:
                known = known.changed_by(deployment_id)
                save(self._state, known)
            if not (self._releases / release).is_dir():
                self._take(release, fill)
            if release not in known.order:
                known = known.with_(order=(*known.order, release))
            self._serve(known, cancellation)

    def prefer(self, release: str, deployment_id: str, cancellation: Cancellation) -> None:
        """Afterwards the release's files count before those of all others."""
        with self._changing(cancellation) as known:
            others = [each for each in known.order if each != release]
            changed = known.changed_by(deployment_id)
            self._serve(changed.with_(order=(release, *others)), cancellation)

    def restore(self, deployment_id: str, cancellation: Cancellation) -> None:
        """Afterwards what counted before this deployment does so again; its own files are there still."""
        with self._changing(cancellation) as known:
            if known.deployment_id == deployment_id:
                new = [each for each in known.order if each not in known.before]
                self._serve(known.with_(order=(*known.before, *new)), cancellation)

    def withdraw(self, deployment_id: str, cancellation: Cancellation) -> None:
        """Afterwards all is as it was before this deployment."""
        with self._changing(cancellation) as known:
            if known.deployment_id == deployment_id:
                self._keep(known.with_(order=known.before), cancellation)

    def prune(self, keep: Collection[str], cancellation: Cancellation) -> None:
        """Afterwards only these releases' files are served, and what was there before any."""
        with self._changing(cancellation) as known:
            kept = tuple(each for each in known.order if each == FORMER or each in keep)
            self._keep(known.with_(order=kept), cancellation)

    def forget(self, cancellation: Cancellation) -> None:
        """Afterwards the folder is as it was before any release."""
        self.prune((), cancellation)

    def _take(self, release: str, fill: Callable[[Path], None]) -> None:
        beside = self._releases / f".{release}.new"
        platform.remove_tree(beside)
        beside.mkdir(parents=True)
        with failpoints.around("take static files"):
            fill(beside)
            platform.replace(beside, self._releases / release)

    def _keep(self, known: Known, cancellation: Cancellation) -> None:
        """Serve by that order, and let go of what is not in it."""
        self._serve(known, cancellation)
        for each in self._releases.iterdir() if self._releases.is_dir() else ():
            if each.name not in known.order:
                platform.remove_tree(each)

    def _serve(self, known: Known, cancellation: Cancellation) -> None:
        """Afterwards the folder has what the order says. What may be ours is noted before it is written."""
        self._keep_former(known, cancellation)
        wanted = union([(name, folder.paths_in(self._place(name))) for name in known.order])
        known = known.with_(written=tuple(sorted({*known.written, *wanted})))
        cancellation.check()
        save(self._state, known)
        for path, name in wanted.items():
            source = self._place(name) / path
            if folder.is_same(source, self.served / path):
                folder.tidy(self.served, path)
            else:
                cancellation.check()
                self._make_way(path, known.written, wanted)
                folder.put(source, self.served, path, is_former=name == FORMER)
        for path in gone(known.written, wanted):
            cancellation.check()
            folder.take_away(self.served, path)
        save(self._state, known.with_(written=tuple(sorted(wanted))))

    def _make_way(self, path: str, written: Sequence[str], wanted: Collection[str]) -> None:
        """Nothing of ours that is served no more stands where a folder, or the file itself, comes."""
        for each in gone(written, dict.fromkeys(wanted, "")):
            if path.startswith(f"{each}/") or each.startswith(f"{path}/"):
                folder.take_away(self.served, each)

    def _keep_former(self, known: Known, cancellation: Cancellation) -> None:
        """Keep a copy of what is not ours, where a release has a file of that path."""
        ours = {path for name in known.order if name != FORMER for path in folder.paths_in(self._place(name))}
        for path in sorted(ours - set(known.written)):
            there = self.served / path
            if there.is_symlink() or any(f"{path}/{each}" not in known.written for each in folder.paths_in(there)):
                raise PhaseFailed(
                    f"{there} is not a plain file, and a release has a file of that path",
                    advice="Move it away, or name another folder in static.to.",
                )
            if there.is_file():
                cancellation.check()
                folder.put(there, self._former, path, is_former=True)

    def _place(self, name: str) -> Path:
        return self._former if name == FORMER else self._releases / name

    @contextlib.contextmanager
    def _changing(self, cancellation: Cancellation) -> Iterator[Known]:
        """What is known, which nobody else changes meanwhile."""
        with exclusive(self._lock, cancellation=cancellation), _translated(self.served, "Is the disk full?"):
            yield load(self._state)


@contextlib.contextmanager
def _translated(served: Path, advice: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        where = error.filename or served
        raise PhaseFailed(
            f"cannot write static files: {where}: {error.strerror or error}",
            advice=advice,
        ) from error
