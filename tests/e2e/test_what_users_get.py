"""A live version that dies is told of within 15 seconds, and started again where nobody else does that."""

import json
import os
import signal
import time

import psutil
import pytest

from bluegreen.deployment.states import Color
from bluegreen.store import events
from cli.demo.servers import listens
from cli.output.sentences import sentence
from tests.e2e.host import Host

pytestmark = [pytest.mark.real, pytest.mark.timeout(180)]

#: seconds in which it must be told
TOLD_WITHIN = 15.0


@pytest.fixture
def live(host: Host) -> Host:
    """A host with v1 live on blue, which a worker has looked at."""
    assert host.deploy("v1")[0] == 0
    host.wait_until(lambda: seen(host)["serves"] is True)
    return host


def seen(host: Host) -> dict[str, object]:
    """As a client has it that can ask nobody but Redis."""
    status = json.loads(host.bluegreen("status", "hello", "--json", config=False).stdout)
    return status["seen"] or {"serves": None}


def test_a_live_version_that_hangs_is_told_of_by_status_doctor_and_metrics(live: Host) -> None:
    process = psutil.Process(live.pid_of(Color.BLUE))
    os.kill(process.pid, signal.SIGSTOP)
    began = time.monotonic()
    try:
        live.wait_until(lambda: seen(live)["serves"] is False, TOLD_WITHIN)
        assert time.monotonic() - began < TOLD_WITHIN

        assert "blue v1 is live and does not answer" in live.bluegreen("status", "hello", config=False).stdout
        looked = live.bluegreen("doctor")
        assert looked.returncode == 2 and "blue v1 is live and does not answer" in looked.stdout, looked.stdout
        assert 'bluegreen_live_serves{service="hello"} 0.0' in live.bluegreen("metrics").stdout
    finally:
        os.kill(process.pid, signal.SIGCONT)

    live.wait_until(lambda: seen(live)["serves"] is True, TOLD_WITHIN)
    assert 'bluegreen_live_serves{service="hello"} 1.0' in live.bluegreen("metrics").stdout


def test_an_nginx_that_is_down_is_told_of_though_the_version_behind_it_answers(live: Host) -> None:
    live.nginx.stop()
    live.wait_until(lambda: seen(live)["serves"] is False, TOLD_WITHIN)

    assert "is not running" in live.bluegreen("status", "hello", config=False).stdout
    assert 'bluegreen_live_serves{service="hello"} 0.0' in live.bluegreen("metrics").stdout

    live.start_nginx()
    live.wait_until(lambda: seen(live)["serves"] is True, TOLD_WITHIN)


def test_a_live_process_that_died_is_started_again_by_its_worker(live: Host) -> None:
    deployment = live.store.live("hello")
    assert deployment is not None
    killed = live.pid_of(Color.BLUE)

    live.kill_color(Color.BLUE)

    live.wait_until(lambda: live.is_running(Color.BLUE, after=killed), TOLD_WITHIN)
    live.wait_until(lambda: seen(live)["serves"] is True, TOLD_WITHIN)
    assert live.answer() == {"color": "blue", "version": "v1"}
    told = [sentence(each) for each in events.read(live.redis, deployment.id)]
    assert any("started it again" in message for message in told), told
    assert "started it again" in live.bluegreen("explain", deployment.id).stdout
    assert live.deploy("v2")[0] == 0


@pytest.mark.parametrize("point", ["before spawn", "after spawn"])
def test_a_worker_killed_as_it_starts_one_again_leaves_that_to_the_next(live: Host, point: str) -> None:
    live.kill_worker()
    worker = live.start_worker("tests.e2e.killed", point, "worker").process
    assert worker is not None
    live.kill_color(Color.BLUE)
    assert worker.wait(60) == -signal.SIGKILL

    live.start_worker()

    live.wait_until(lambda: listens(live.ports["blue"]), TOLD_WITHIN)
    live.wait_until(lambda: seen(live)["serves"] is True, TOLD_WITHIN)
    assert live.answer() == {"color": "blue", "version": "v1"}
    assert processes_on(live.ports["blue"]) == 1
    assert live.deploy("v2")[0] == 0 and processes_on(live.ports["blue"]) == 0


def processes_on(port: int) -> int:
    """Also those that no state file has."""
    return sum(str(port) in (each.info["cmdline"] or ()) for each in psutil.process_iter(["cmdline"]))


def test_what_was_stopped_by_a_deployment_stays_so(live: Host) -> None:
    assert live.deploy("v2")[0] == 0
    time.sleep(TOLD_WITHIN / 2)  # two looks

    assert live.is_running(Color.GREEN) and not live.is_running(Color.BLUE)
