"""A deployment from git, with a git that does not come to an end."""

import contextlib
import shutil
import subprocess
from pathlib import Path

import psutil

from bluegreen.system.programs import MARK
from tests.chaos.arena import Arena


def configure(arena: Arena, *refs: str) -> Path:
    """Have the service checked out of a repository with these tags; while the returned file exists, git hangs."""
    folder, git = arena.host.folder, shutil.which("git")
    assert git is not None
    repository, slow = folder / "repository", folder / "slow-git"
    who = ("-c", "user.name=t", "-c", "user.email=t@localhost")
    subprocess.run([git, "init", "-q", str(repository)], check=True)
    subprocess.run([git, *who, "-C", str(repository), "commit", "-qm", "1", "--allow-empty"], check=True)
    for ref in refs:
        subprocess.run([git, "-C", str(repository), "tag", ref], check=True)
    script = folder / "bin" / "git"
    script.parent.mkdir()
    script.write_text(f'#!/bin/sh\n[ -e "{slow}" ] && exec sleep 600\nexec "{git}" "$@"\n')
    script.chmod(0o755)
    with (folder / "bluegreen.toml").open("a") as file:
        file.write(f'[services.hello.source]\nurl = "{repository}"\n')
    return slow


def hanging(arena: Arena) -> list[psutil.Process]:
    """The programs that hang for the arena's service."""
    whose = str(arena.host.state_of() / "hello")
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error, OSError):
            if process.environ().get(MARK) == whose and "sleep" in process.cmdline()[:1]:
                found.append(process)
    return found
