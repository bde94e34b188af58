"""The one door to git: finds the commit that a ref means, and puts its files where a colour is built or run.

Each service has a bare mirror of its repository in the state folder. Submodules are fetched into it, too; what
lies in Git LFS comes where git-lfs is installed, and is refused elsewhere.
"""

import itertools
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path

from bluegreen import failpoints
from bluegreen.deployment.cancellation import Cancellation
from bluegreen.deployment.errors import PhaseFailed
from bluegreen.deployment.names import checked_ref
from bluegreen.settings.service import ServiceSettings, SourceSettings
from bluegreen.source import resolve, worktree
from bluegreen.source.command import Git, end_leftovers
from bluegreen.source.workspace import ASKED, only_there
from bluegreen.system import platform
from bluegreen.system.locks import exclusive


def checkout(name: str, service: ServiceSettings, ref: str | None, cancellation: Cancellation) -> str:
    """The full hash of the commit that the ref (without one: the default branch) means.

    Its files are in a folder of its own. The workspace is not written to.
    Raises PhaseFailed when there is no such ref, or git fails; RefRefused for what is no ref at all.
    """
    repository = Repository(name, service)
    commit = repository.fetch(ref, cancellation)
    repository.materialise(commit, service.releases_folder / commit, cancellation)
    return commit


def prune(name: str, service: ServiceSettings, keep: Collection[str]) -> None:
    """Remove the folders of the service's releases, but for those commits. What is in use may stay (Windows)."""
    folder = service.releases_folder
    for each in folder.iterdir() if folder.is_dir() else ():
        if each.name not in keep:
            platform.remove_tree(each)


def of_nobody(name: str, service: ServiceSettings, folder: Path, cancellation: Cancellation) -> str | None:
    """A file of the workspace, in the place of this folder of a release, that no commit has ever had; or None."""
    tree = next(each for each in (folder, *folder.parents) if each.parent == service.releases_folder)
    beside = only_there(tree, service.workspace.absolute(), folder)
    names = list(itertools.islice(beside, ASKED))
    known = Repository(name, service).ever_had(names, cancellation) if names else set()
    return next((each for each in names if each not in known), None)


class Repository:
    """A service's repository. Every method may run twice, or be killed, and the next call fixes what is left."""

    def __init__(self, name: str, service: ServiceSettings) -> None:
        assert service.source is not None
        self.source: SourceSettings = service.source
        folder = service.state_folder
        self.mirror = folder / f"{name}.git"
        self._index = folder / f"{name}.index"
        self._lock = folder / f"{name}-source.lock"

    def fetch(self, ref: str | None, cancellation: Cancellation) -> str:
        """The full hash of the commit; it and all its files are in the mirror. Raises as `checkout` does."""
        wanted = checked_ref(ref) if ref is not None else None
        with self._git(cancellation) as git, failpoints.around("fetch"):
            return resolve.fetched(git, wanted)

    def materialise(self, commit: str, directory: Path, cancellation: Cancellation) -> None:
        """Afterwards the directory has all of the commit's files. One that is there already is left alone."""
        with self._git(cancellation) as git, failpoints.around("check out"):
            cancellation.check()
            if not directory.is_dir():
                worktree.create(git, self._index, commit, directory)

    def ever_had(self, names: Collection[str], cancellation: Cancellation) -> set[str]:
        """Those of the files that some commit has, or had."""
        shown = ("log", "--all", "--no-renames", "--name-only", "--pretty=format:", "-z", "--")
        with self._git(cancellation) as git:
            return set(git.checked(*shown, *(f":(literal){each}" for each in names)).split("\0"))

    @contextmanager
    def _git(self, cancellation: Cancellation) -> Iterator[Git]:
        """Git on the mirror, with everybody else kept away and the traces of killed ones gone."""
        try:
            with exclusive(self._lock):
                self.mirror.mkdir(exist_ok=True)
                end_leftovers(self.mirror)
                git = Git(self.mirror, self.source.url, self.source.timeout, cancellation)
                # on a repository that is there already it changes nothing; half of one, it completes
                git.checked("init", "--quiet", "--bare", "--template=")
                yield git
        except OSError as error:
            raise PhaseFailed(f"git checkout: {error}") from error
