"""A service of plain processes on free ports, and the certainty that none of them is left behind."""

import contextlib
import sys

import psutil
import pytest

from bluegreen.deployment.states import Color
from bluegreen.processes.runtime import ProcessRuntime
from bluegreen.settings.service import ServiceSettings
from cli.demo.servers import free_port
from tests.bluegreen.processes.support import SERVER, marked_with
from tests.cancellations import Free

SERVES = (sys.executable, str(SERVER), "{port}")


@pytest.fixture
def cancellation():
    return Free()


@pytest.fixture
def make_runtime(tmp_path):
    """Makes the runtime of a service whose command is given; what it leaves running is killed at the end."""
    blue, green = free_port(), free_port()

    def make(
        command=(sys.executable, str(SERVER), "{port}"),
        source=None,
        env=None,
        grace=10,
        name="hello",
        migrate=None,
    ):
        settings = {
            "workspace": tmp_path,
            "processes": {"command": command, "stop_grace": grace, "env": env or {}},
            "ports": {"blue": blue, "green": green},
            "proxies": [{"conf": "nginx.conf", "file": "upstream.inc"}],
            "source": source,
            "migrate": migrate,
        }
        return ProcessRuntime(name, ServiceSettings.model_validate(settings).kept_in(tmp_path / "state"))

    yield make
    _kill_marked(tmp_path)


@pytest.fixture
def runtime(make_runtime):
    return make_runtime()


@pytest.fixture
def blue():
    return Color.BLUE


def _kill_marked(folder):
    left = marked_with(folder)
    for process in left:
        with contextlib.suppress(psutil.NoSuchProcess):  # its parent's end may be its own
            process.kill()
    psutil.wait_procs(left, timeout=10)
