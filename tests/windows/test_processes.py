"""A worker on Windows, colours as processes, requests running: what `tests/e2e` shows of Linux, in short."""

import pytest

from bluegreen.deployment.states import Phase, PhaseState, State
from tests.windows.host import WindowsHost

pytestmark = pytest.mark.windows

#: a program that a phase waits for; it tells of its start by a file
PROGRAM = """
[services.hello.migrate]
command = ['{python}', "-c", "import time; open('begun', 'w').close(); time.sleep(2)"]
"""


def test_blue_to_green_to_blue_and_a_broken_release_drop_no_request(host: WindowsHost) -> None:
    status, deployment = host.deploy("v1")
    assert status == 0, f"{deployment}\n{host.worker_log()}"

    with host.load() as load:
        for ref, color in (("v2", "green"), ("v3", "blue")):
            status, deployment = host.deploy(ref)
            assert status == 0, f"{deployment}\n{host.worker_log()}"
            assert host.answer() == {"color": color, "version": ref}
        status, deployment = host.deploy("v4-broken")
        assert (status, deployment.state) == (1, State.ROLLED_BACK), deployment
        load.wait_for_version("v3")

    assert deployment.error is not None and "the database schema is from yesterday" in deployment.error.saw
    assert host.answer() == {"color": "blue", "version": "v3"}
    assert load.dropped() == []
    assert load.versions() == ["v1", "v2", "v3"]


def test_another_worker_takes_over_from_one_that_was_terminated(host: WindowsHost) -> None:
    assert host.deploy("v1")[0] == 0

    with host.load() as load:
        begun = host.bluegreen("deploy", "hello", "--ref", "v2", "--detach").stdout.strip()
        host.wait_until(lambda: host.is_under_way(begun, Phase.DEPLOY_NEW_VERSION))
        host.terminate_worker()
        host.start_worker()
        assert host.bluegreen("watch", begun).returncode == 0, host.worker_log()
        load.wait_for_version("v2")

    assert any(phase.takeovers for phase in host.deployment(begun).phases), "nobody took over"
    assert host.answer() == {"color": "green", "version": "v2"}
    assert load.dropped() == [], "the old colour did not outlive the worker that had started it"


def test_a_stop_lets_the_phase_in_hand_end_and_the_rest_wait_in_the_queue(host: WindowsHost) -> None:
    host.configure(PROGRAM)
    begun = host.bluegreen("deploy", "hello", "--ref", "v1", "--detach").stdout.strip()
    host.wait_until((host.folder / "begun").exists)

    assert host.stop_worker() == 0, host.worker_log()

    entry = host.deployment(begun).phase_record(Phase.DEPLOY_NEW_VERSION)
    assert entry is not None and entry.state is PhaseState.DONE
    host.start_worker()
    assert host.bluegreen("watch", begun).returncode == 0, host.worker_log()
    assert not any(phase.takeovers for phase in host.deployment(begun).phases)
