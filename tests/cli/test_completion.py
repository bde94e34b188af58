"""What the tab key offers, in the shells themselves."""

import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from bluegreen.store import workers
from tests.absence import without
from tests.here import HERE

pytestmark = pytest.mark.real

CONFIG = """
[services.hello.ports]
blue = 8000
green = 8001
[services.hello.processes]
command = ["true"]
[[services.hello.proxies]]
conf = "nginx.conf"
file = "upstream.inc"
"""
#: how each shell, with our script loaded, is asked what it would offer after these words
ASKED = {
    "bash": 'source "$0"; COMP_WORDS=({words}""); COMP_CWORD={count}; _bluegreen_completion bluegreen;'
    ' echo "${{COMPREPLY[@]}}"',
    "fish": "source $argv[1]; complete -C '{words}'",
}


def run(folder: Path, *arguments: str, **env: str) -> str:
    command = Path(sys.executable).parent
    ended = subprocess.run(
        arguments,
        cwd=folder,
        env={**os.environ, "PATH": f"{command}{os.pathsep}{os.environ['PATH']}", **env},
        capture_output=True,
        text=True,
        timeout=30,
        check=True,
    )
    assert ended.stderr == "", "what is said there lands in the middle of somebody's command line"
    return ended.stdout


def offered(folder: Path, shell: str, words: str, **env: str) -> list[str]:
    if shutil.which(shell) is None:
        without(shell)
    script = folder / f"completion.{shell}"
    script.write_text(run(folder, "bluegreen", "completion", shell))
    asked = ASKED[shell].format(words=words, count=len(words.split()))
    return run(folder, shell, "-c", asked, str(script), **env).split()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "bluegreen.toml").write_text(CONFIG)
    return tmp_path


@pytest.mark.parametrize("shell", sorted(ASKED))
def test_commands_and_services_are_offered(folder: Path, shell: str) -> None:
    assert {"deploy", "plan", "abort"} <= set(offered(folder, shell, "bluegreen "))
    assert offered(folder, shell, "bluegreen deploy ") == ["hello"]


def test_zsh_takes_the_script(folder: Path) -> None:
    if shutil.which("zsh") is None:
        without("zsh")
    (folder / "_bluegreen").write_text(run(folder, "bluegreen", "completion", "zsh"))

    run(folder, "zsh", "-n", str(folder / "_bluegreen"))
    asked = {"COMP_WORDS": "bluegreen deploy ", "COMP_CWORD": "2", "_BLUEGREEN_COMPLETE": "zsh_complete"}
    assert "hello" in run(folder, "bluegreen", **asked)


def test_without_a_config_redis_names_the_services(tmp_path: Path, redis_url: str, redis: object) -> None:
    workers.announce(redis, "w@host", HERE, ["web"])

    assert offered(tmp_path, "bash", "bluegreen deploy ", BLUEGREEN_REDIS_URL=redis_url) == ["web"]


def test_a_broken_config_or_a_redis_that_hangs_offers_nothing_and_says_nothing(folder: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:  # it accepts, and never answers
        url = f"redis://127.0.0.1:{silent.getsockname()[1]}/0"
        (folder / "bluegreen.toml").write_text("[services")
        assert offered(folder, "bash", "bluegreen deploy ", BLUEGREEN_REDIS_URL=url) == []
        (folder / "bluegreen.toml").unlink()
        assert offered(folder, "bash", "bluegreen deploy ", BLUEGREEN_REDIS_URL=url) == []
