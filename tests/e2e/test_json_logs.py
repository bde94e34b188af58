"""A worker and a beat that log for a program: each line is an object, and says what it is about."""

import json
from pathlib import Path
from typing import Any

import pytest

from cli.demo.servers import Server
from tests.e2e.host import COMMAND, Host

pytestmark = pytest.mark.real

SCHEDULE = '[services.hello.schedule]\ncrontab = "0 0 1 1 *"\nref = "v1"\n'


def objects(log: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in log.read_text().splitlines()]


def test_each_line_is_an_object_and_those_of_a_phase_name_it(quiet_host: Host) -> None:
    host = quiet_host
    host.start_nginx()
    host.env["BLUEGREEN_LOG_FORMAT"] = "json"
    worker = host.start_worker()
    status, deployment = host.deploy("v1")
    assert status == 0
    failed, back = host.deploy("v2-fickle")
    assert failed == 1
    worker.stop()

    lines = objects(worker.log)

    of_phases = [each for each in lines if each.get("deployment") == deployment.id]
    assert {each["phase"] for each in of_phases} >= {entry.name for entry in deployment.phases}
    assert all((each["service"], each["epoch"]) == ("hello", 1) for each in of_phases)
    assert any(each.get("epoch") == 2 for each in lines if each.get("deployment") == back.id)
    assert any("Warm shutdown" in each["message"] for each in lines)
    assert any("ready" in each["message"] and each["level"] == "INFO" for each in lines)


def test_so_does_a_beat(quiet_host: Host) -> None:
    host = quiet_host
    host.configure(SCHEDULE)
    log = host.folder / "beat.log"
    with Server([*COMMAND, "beat", "--log-format", "json"], log, host.env):
        host.wait_until(lambda: "looks after the schedules" in log.read_text())

    assert all(each["level"] == "INFO" and each["logger"] for each in objects(log))
