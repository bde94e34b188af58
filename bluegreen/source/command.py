"""How git is called: without questions, with the same result everywhere, and with no password in a message."""

import contextlib
import os
import shutil
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.parse import unquote, urlsplit

import psutil

from bluegreen.deployment.cancellation import Cancellation
from bluegreen.deployment.errors import CommandFailed
from bluegreen.deployment.machine import Output
from bluegreen.deployment.redaction import HIDDEN, url_without_secrets, without_secrets
from bluegreen.system import platform
from bluegreen.system.programs import end_tree, every_process, run, run_checked

#: seconds that a killed git has to go away, and between two looks whether it has
GONE_WITHIN = 10.0
POLL = 0.02
#: a user of fewer characters is not a token
TOKEN_LENGTH = 8
#: what a caller of ours may have set for a repository of its own, a git hook for example
_OF_ANOTHER_REPOSITORY = {
    "GIT_DIR",
    "GIT_WORK_TREE",
    "GIT_INDEX_FILE",
    "GIT_COMMON_DIR",
    "GIT_NAMESPACE",
    "GIT_OBJECT_DIRECTORY",
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_PREFIX",
}
_CONFIG = {
    # files come out byte for byte as they were committed: with Windows' line ends no script runs in a container
    "core.autocrlf": "false",
    "core.eol": "lf",
    "core.longpaths": "true",
    # nothing of git's goes on in the background, where no time-out of ours reaches it
    "gc.autoDetach": "false",
    "maintenance.autoDetach": "false",
    "core.fsmonitor": "false",
}


#: git-lfs, where it is installed, whether or not the worker's user has called `git lfs install`
_LFS = {
    "filter.lfs.process": "git-lfs filter-process",
    "filter.lfs.smudge": "git-lfs smudge -- %f",
    "filter.lfs.required": "true",
}
#: has it leave pointers in place of files
_LFS_OFF = "GIT_LFS_SKIP_SMUDGE"


class Git:
    """Git on one bare repository, whose remote `origin` is the url. The url stands on no command line."""

    def __init__(self, folder: Path, url: str, timeout: float, cancellation: Cancellation | None) -> None:
        self.folder = folder
        self.url = url
        self.timeout = timeout
        self.cancellation = cancellation

    def run(self, *arguments: str) -> Output:
        """Run it whatever its status. Raises CommandFailed when git is not there or takes too long."""
        environment = environment_of(os.environ, self.url)
        with self._without_secrets():
            return run(
                self._line(arguments),
                timeout=self.timeout,
                cwd=self.folder,
                env=environment,
                cancellation=self.cancellation,
                whole=True,
            )

    def checked(self, *arguments: str, cwd: Path | None = None, **more: str) -> str:
        """Its output; CommandFailed unless it ended with status 0. `more` goes into the environment."""
        environment = environment_of(os.environ, self.url) | more
        with self._without_secrets():
            return run_checked(
                self._line(arguments),
                timeout=self.timeout,
                cwd=cwd or self.folder,
                env=environment,
                cancellation=self.cancellation,
                whole=True,
            )

    def _line(self, arguments: tuple[str, ...]) -> list[str]:
        return ["git", f"--git-dir={self.folder}", *arguments]

    @contextlib.contextmanager
    def _without_secrets(self) -> Iterator[None]:
        try:
            yield
        except CommandFailed as error:
            raise CommandFailed(*(redacted(part, self.url) for part in error.args)) from None


def environment_of(inherited: Mapping[str, str], url: str) -> dict[str, str]:
    """The inherited environment, our settings and the url added to it, with nobody to be asked for a password."""
    dropped = {*_OF_ANOTHER_REPOSITORY, _LFS_OFF}
    environment = {name: value for name, value in inherited.items() if name not in dropped}
    first = int(inherited.get("GIT_CONFIG_COUNT") or 0)
    lfs = _LFS if shutil.which("git-lfs", path=inherited.get("PATH")) else {}
    settings = {**_CONFIG, **lfs, "remote.origin.url": url}
    for number, (key, value) in enumerate(settings.items(), first):
        environment[f"GIT_CONFIG_KEY_{number}"] = key
        environment[f"GIT_CONFIG_VALUE_{number}"] = value
    environment["GIT_CONFIG_COUNT"] = str(first + len(settings))
    return environment | {"GIT_TERMINAL_PROMPT": "0", "GCM_INTERACTIVE": "never", "LC_ALL": "C"}


def redacted(text: str, url: str) -> str:
    """The text without the url's secrets, in the url or wherever git repeats them by themselves."""
    shown = text.replace(url, url_without_secrets(url))
    for secret in _secrets(url):
        shown = shown.replace(secret, HIDDEN)
    return without_secrets(shown)


def _secrets(url: str) -> set[str]:
    """The password, and a user that may be a token: a long one, and not of ssh, where it is a login's name."""
    parts = urlsplit(url)
    token = (
        parts.username if parts.scheme.startswith("http") and len(parts.username or "") >= TOKEN_LENGTH else None
    )
    given = {each for each in (parts.password, token) if each}
    return given | {unquote(each) for each in given}


def end_leftovers(folder: Path) -> None:
    """Afterwards no git works on that repository, nor lies a lock of one that was killed in it.

    Git outlives a worker that is killed, and a git that is killed leaves its `.lock` files, which would refuse
    every later one. The caller keeps other workers away, so whatever there is was left behind.
    """
    for process in every_process():
        with contextlib.suppress(psutil.Error):
            if f"--git-dir={folder}" in process.cmdline():
                end_tree(process.pid)
                _wait_for_the_end(process)
    for lock in folder.rglob("*.lock"):
        platform.remove(lock)


def _wait_for_the_end(process: psutil.Process) -> None:
    """Not psutil's own wait: it would take the exit status away from a thread of ours whose child this is."""
    deadline = time.monotonic() + GONE_WITHIN
    while process.is_running() and process.status() != psutil.STATUS_ZOMBIE and time.monotonic() < deadline:
        time.sleep(POLL)
