"""`bluegreen repair`: doctor calls a proxy file wrong that somebody has changed, and the command puts it right."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from bluegreen import http
from bluegreen.deployment.cancellation import NeverCancelled
from bluegreen.deployment.record import Release
from bluegreen.deployment.states import Color, Phase, PhaseState
from bluegreen.processes.runtime import ProcessRuntime
from bluegreen.settings import config_file
from cli.demo.servers import listens
from nginx.file.marker import parse
from tests.e2e.damage import DAMAGES, PLACEHOLDER, either_way, file_of, reload, reset, restored
from tests.e2e.host import Host

pytestmark = pytest.mark.real

V2 = {"color": "green", "version": "v2"}
POINTS = ["after replace file", "before reload", "after reload", "after keep text"]


def wrong(host: Host) -> dict[str, dict[str, str]]:
    """What doctor has found wrong, by the names of its checks."""
    ended = host.bluegreen("doctor", "--json")
    findings = [each for each in json.loads(ended.stdout)["findings"] if each["verdict"] == "wrong"]
    assert ended.returncode == (2 if findings else 0)
    return {each["check"]: each for each in findings}


def answer(host: Host) -> dict[str, str]:
    """Once there is one: for 100 ms after a reload the old workers, which had the damage, answer as well."""
    host.wait_until(lambda: http.get(host.url, 5).status == 200)
    return host.answer()


@pytest.mark.parametrize(
    ("v2_live", "damage"), either_way(DAMAGES, some=[(True, reset), (False, restored)]), indirect=["v2_live"]
)
def test_what_doctor_calls_wrong_is_put_right(v2_live: Host, damage: Callable[[Host], None]) -> None:
    assert wrong(v2_live) == {}
    damage(v2_live)
    found = wrong(v2_live)["proxy files"]
    assert found["fix"] == "bluegreen repair hello" and str(file_of(v2_live)) in found["what"]

    ended = v2_live.bluegreen("repair", "hello")

    assert ended.returncode == 0 and "the file is put right, and leads to green" in ended.stdout, ended.stderr
    assert answer(v2_live) == V2 and wrong(v2_live) == {}
    assert "nothing to repair: green, release v2, is live" in v2_live.bluegreen("repair", "hello").stdout
    assert len(v2_live.store.history("hello")) == 2 and v2_live.store.generation("hello") == 2


@pytest.mark.parametrize(
    ("v2_live", "point"),
    either_way(POINTS, some=[(True, "after reload"), (False, "after replace file")]),
    indirect=["v2_live"],
)
def test_a_repair_that_is_killed_is_brought_to_its_end_by_the_next(v2_live: Host, point: str) -> None:
    reset(v2_live)
    arguments = [sys.executable, "-m", "tests.e2e.killed", point, "repair", "hello"]
    killed = subprocess.run(arguments, env={**os.environ, **v2_live.env}, timeout=60)

    ended = v2_live.bluegreen("repair", "hello")

    assert (killed.returncode, ended.returncode) == (-9, 0), ended.stderr
    assert answer(v2_live) == V2 and wrong(v2_live) == {}
    reload(v2_live)
    assert v2_live.answer() == V2


def test_it_is_refused_while_a_deployment_is_under_way(host: Host) -> None:
    assert host.deploy("v1")[0] == 0
    host.configure(attempts=100)
    identity = host.bluegreen("deploy", "hello", "--ref", "deaf", "--detach").stdout.strip()
    host.wait_until(lambda: host.phase_state(identity, Phase.HEALTH_CHECK) is PhaseState.RUNNING)
    restored_to = file_of(host).read_text()
    file_of(host).write_text(PLACEHOLDER)

    ended = host.bluegreen("repair", "hello")

    assert ended.returncode == 3 and "a deployment is under way" in ended.stderr
    assert file_of(host).read_text() == PLACEHOLDER
    file_of(host).write_text(restored_to)
    assert host.bluegreen("abort", identity, "--wait", "60").returncode == 1


def test_where_nobody_can_tell_a_person_says_it(host: Host) -> None:
    host.configure(status=0)
    assert host.deploy("v1")[0] == 0
    assert host.deploy("v2")[0] == 0
    file_of(host).write_text(f"upstream app {{ server 127.0.0.1:{host.ports['blue']}; }}\n")
    restart(host, Color.BLUE)

    refused = host.bluegreen("repair", "hello")
    assert refused.returncode == 4 and "it is not clear which colour is live" in refused.stderr
    assert "--color COLOR" in refused.stderr
    status, deployment = host.deploy("v3")
    assert status == 1 and deployment.error and "it is not clear" in deployment.error.what

    assert host.bluegreen("repair", "hello", "--color", "blue").returncode == 0
    assert answer(host) == {"color": "blue", "version": "v1"}
    content = parse(file_of(host).read_text())
    assert content is not None and (content.color, content.release) == (Color.BLUE, "v1")
    assert host.bluegreen("repair", "hello", "--color", "green").returncode == 2, "blue serves"


def restart(host: Host, color: Color) -> None:
    """Start the old version again beside the live one, as a person in need would."""
    config = config_file.load(host.folder / "bluegreen.toml", Path(host.env["STATE_DIRECTORY"]))
    runtime = ProcessRuntime("hello", config.services["hello"])
    runtime.start(color, Release(name="v1"), "by-hand", NeverCancelled())
    host.wait_until(lambda: listens(host.ports[color]))


def test_before_anything_was_live_nothing_is_wrong(host: Host) -> None:
    file_of(host).write_text(PLACEHOLDER)

    assert "nothing is live yet" in host.bluegreen("repair", "hello").stdout
    assert file_of(host).read_text() == PLACEHOLDER
