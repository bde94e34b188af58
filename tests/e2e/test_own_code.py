"""In the folder of a Celery project, and with its names in the environment, the program runs its own code."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from cli.demo.servers import free_port
from tests.e2e.flower import Flower
from tests.e2e.host import Host

pytestmark = pytest.mark.real

#: what a project may call its own: our rooms, what Celery's documentation names, and what we import of others
NAMES = (
    *("cli", "workflows", "tasks", "compose", "nginx", "celeryconfig"),
    *("settings", "proj", "celery", "kombu", "redis", "docker", "flower", "yaml", "requests", "click", "hiredis"),
)
LOUD = "import pathlib; pathlib.Path(__file__).with_name('was-imported').touch()\nraise SystemExit(__file__)\n"
COMMANDS = {
    "command": (str(Path(sys.executable).with_name("bluegreen")),),
    "module": (sys.executable, "-m", "bluegreen"),
}


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "project"
    for name in NAMES:
        (folder / name).mkdir(parents=True)
        (folder / name / "__init__.py").write_text(LOUD)
    yield folder
    assert sorted(each.parent.name for each in folder.rglob("was-imported")) == []


@pytest.fixture
def surrounded(project: Path, host: Host, monkeypatch: pytest.MonkeyPatch) -> Host:
    """A deploy host whose worker and clients stand in the project, which its environment knows, too."""
    elsewhere = f"redis://127.0.0.1:{free_port()}/0"
    its_own = {
        "PYTHONPATH": os.pathsep.join((str(project), "")),
        **dict.fromkeys(
            ("APP", "CELERY_APP", "CONFIG_MODULE", "CELERY_CONFIG_MODULE", "DJANGO_SETTINGS_MODULE"), "proj"
        ),
        **dict.fromkeys(("LOADER", "CELERY_LOADER"), "proj:Loader"),
        **dict.fromkeys(("BROKER_URL", "CELERY_BROKER_URL", "CELERY_BROKER_READ_URL"), elsewhere),
        **dict.fromkeys(("CELERY_BROKER_WRITE_URL", "RESULT_BACKEND", "CELERY_RESULT_BACKEND"), elsewhere),
    }
    for name, value in its_own.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(project)
    host.kill_worker()
    host.command = COMMANDS["command"]
    return host


@pytest.mark.parametrize("command", COMMANDS.values(), ids=COMMANDS)
def test_a_command_imports_nothing_of_the_project(
    command: tuple[str, ...], project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join((".", str(project))))

    for words in (["--help"], ["schema"], ["worker", "--help"], ["flower", "--help"], ["demo", "--help"]):
        ended = subprocess.run([*command, *words], cwd=project, capture_output=True, text=True, timeout=30)

        assert (ended.returncode, ended.stderr) == (0, ""), words


@pytest.mark.parametrize(
    "command", [COMMANDS["command"], (sys.executable, "-P", "-m", "bluegreen_entry")], ids=["command", "service"]
)
def test_a_module_of_our_own_name_in_the_project_is_not_ours(
    command: tuple[str, ...], project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (project / "bluegreen.py").write_text(LOUD)
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join((".", str(project))))

    ended = subprocess.run([*command, "--version"], cwd=project, capture_output=True, text=True, timeout=30)

    assert (ended.returncode, ended.stderr) == (0, "") and ended.stdout.startswith("bluegreen, version")
    assert not (project / "was-imported").exists()


def test_a_deployment_succeeds_with_a_worker_that_stands_in_the_project(surrounded: Host) -> None:
    surrounded.start_worker()

    status, deployment = surrounded.deploy("v1")

    assert status == 0, deployment
    assert surrounded.answer()["version"] == "v1"
    assert surrounded.bluegreen("plan", "hello").returncode == 0


def test_flower_stands_in_the_project(surrounded: Host) -> None:
    with Flower(surrounded) as flower:
        assert flower.get("api/tasks").json() == {}


def test_what_we_start_has_the_users_own_python_path(surrounded: Host, tmp_path: Path) -> None:
    seen = tmp_path / "seen"
    code = f"import os; open({str(seen)!r}, 'w').write(os.environ['PYTHONPATH'])"
    surrounded.configure(f"\n[services.hello.migrate]\ncommand = {[sys.executable, '-I', '-c', code]}\n")
    surrounded.start_worker()

    status, deployment = surrounded.deploy("v1")

    assert status == 0, deployment
    assert seen.read_text() == os.environ["PYTHONPATH"]
