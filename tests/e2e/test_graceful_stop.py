"""A worker that is asked to stop: the phase in hand ends, and the rest waits in the queue for the next worker."""

import os
import signal
import sys

import pytest

from bluegreen.deployment.states import Phase, PhaseState, State
from tests.e2e.host import Host

pytestmark = pytest.mark.real

#: a program that a phase waits for; it tells of its start by a file
PROGRAM = """
[services.hello.migrate]
command = ["{python}", "-c", "import time; open('begun', 'w').close(); time.sleep(2)"]
"""


@pytest.mark.parametrize(
    "stop",
    [
        pytest.param(lambda pid: os.kill(pid, signal.SIGTERM), id="as systemd does"),
        pytest.param(
            lambda pid: os.killpg(pid, signal.SIGINT), id="Ctrl-C in its terminal", marks=pytest.mark.long
        ),
    ],
)
def test_the_phase_in_hand_ends_and_the_next_worker_goes_on(host: Host, stop) -> None:
    host.configure(PROGRAM.format(python=sys.executable))
    begun = host.bluegreen("deploy", "hello", "--ref", "v1", "--detach").stdout.strip()
    host.wait_until((host.folder / "begun").exists)
    worker = host.workers.pop().process
    assert worker is not None

    stop(worker.pid)

    assert worker.wait(30) == 0, host.worker_log()
    deployment = host.deployment(begun)
    assert deployment.state is State.RUNNING
    assert host.phase_state(begun, Phase.DEPLOY_NEW_VERSION) is PhaseState.DONE
    host.start_worker()
    assert host.bluegreen("watch", begun).returncode == 0
    assert not any(phase.takeovers for phase in host.deployment(begun).phases), (
        "the message did not wait in the queue"
    )
    assert host.answer()["version"] == "v1"


def test_a_worker_that_is_told_to_restart_comes_back_as_the_same_process(host: Host) -> None:
    worker = host.workers[-1]
    assert worker.process is not None
    host.wait_until(lambda: worker.log.read_text().count(" ready.") == 1)

    worker.process.send_signal(signal.SIGHUP)

    host.wait_until(lambda: worker.log.read_text().count(" ready.") == 2)
    assert worker.process.poll() is None
    assert host.deploy("v1")[0] == 0
