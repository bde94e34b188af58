"""Hosts on which a deployment takes another way than on the plain one."""

import subprocess
from pathlib import Path
from typing import Any

from tests.chaos.arena import Arena


class Silent(Arena):
    """Its nginx cannot be asked what it serves: only its workers tell whether it was turned."""

    note = " (nginx cannot be asked)"

    def configure(self, **changes: Any) -> None:
        super().configure(status=0, **changes)


class LongBake(Arena):
    """A bake that an abort always comes in time for."""

    note = " (aborted in the bake)"

    def __enter__(self) -> "LongBake":
        super().__enter__()
        self.configure(bake=60)
        return self


class FromGit(Arena):
    """Each version is a tag of a repository, and of the older ones none is kept."""

    note = " (from git)"

    def configure(self, **changes: Any) -> None:
        super().configure(**changes)
        if not self._repository.exists():
            subprocess.run(["git", "init", "-q", str(self._repository)], check=True)
            self._git("commit", "-qm", "a version", "--allow-empty")
            self._git("tag", "v0")
        with (self.host.folder / "bluegreen.toml").open("a") as file:
            file.write(f'[services.hello.source]\nurl = "{self._repository}"\n')
            file.write("[services.hello.cleanup]\nkeep_releases = 2\n")

    def next_version(self, good: bool, word: str = "") -> str:
        version = super().next_version(good, word)
        self._git("commit", "-qm", "a version", "--allow-empty")
        self._git("tag", version)
        return version

    @property
    def _repository(self) -> Path:
        return self.host.folder / "repository"

    def _git(self, *arguments: str) -> None:
        who = ("-c", "user.name=t", "-c", "user.email=t@localhost")
        subprocess.run(["git", *who, "-C", str(self._repository), *arguments], check=True)
