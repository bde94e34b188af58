"""A real repository to check out of, and a service that does."""

import os
import subprocess

import pytest

from bluegreen.settings.service import ServiceSettings
from tests.cancellations import Free


class Upstream:
    """A repository that somebody pushes to."""

    def __init__(self, folder):
        self.folder = folder
        folder.mkdir()
        self.git("init", "--quiet", "--initial-branch=trunk")

    def git(self, *arguments):
        environment = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")} | {
            "GIT_AUTHOR_NAME": "a",
            "GIT_AUTHOR_EMAIL": "a@example.org",
            "GIT_COMMITTER_NAME": "a",
            "GIT_COMMITTER_EMAIL": "a@example.org",
            "GIT_CONFIG_GLOBAL": os.devnull,
        }
        command = ["git", "-C", str(self.folder), *arguments]
        return subprocess.run(command, env=environment, check=True, capture_output=True, text=True).stdout.strip()

    def commit(self, files, message="change"):
        """Make the tracked files exactly these; the commit's hash."""
        for name in self.git("ls-files").splitlines():
            (self.folder / name).unlink()
        for name, text in files.items():
            path = self.folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(text.encode())
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "--message", message)
        return self.git("rev-parse", "HEAD")


@pytest.fixture
def cancellation():
    return Free()


@pytest.fixture
def upstream(tmp_path):
    return Upstream(tmp_path / "upstream")


@pytest.fixture
def workspace(tmp_path):
    (tmp_path / "workspace").mkdir()
    return tmp_path / "workspace"


@pytest.fixture
def make_service(upstream, workspace, tmp_path):
    def make(url=None, runtime="compose", timeout=60):
        runtimes = {"compose": {}, "processes": {"command": ["python"]}}
        return ServiceSettings.model_validate(
            {
                "workspace": workspace,
                runtime: runtimes[runtime],
                "ports": {"blue": 8000, "green": 8001},
                "proxies": [{"conf": "nginx.conf", "file": "upstream.inc"}],
                "source": {"url": url or str(upstream.folder), "timeout": timeout},
            }
        ).kept_in(tmp_path / "state")

    return make


@pytest.fixture
def service(make_service):
    return make_service()


def files_of(folder):
    """Every file below the folder, but for git's own."""
    return {
        each.relative_to(folder).as_posix(): each.read_text()
        for each in sorted(folder.rglob("*"))
        if each.is_file() and ".git" not in each.relative_to(folder).parts
    }
