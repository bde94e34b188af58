"""What a CI server does: a second build while the first deploys, an aborted build, and who asked for what."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from bluegreen.deployment.event import EventKind
from bluegreen.deployment.record import Deployment
from bluegreen.deployment.states import DEPLOY_PHASES, Phase, PhaseState, State
from bluegreen.store import events
from cli.output.sentences import sentence
from tests.e2e.host import Host

pytestmark = pytest.mark.real

JENKINS = {"JOB_NAME": "shop/main", "BUILD_NUMBER": "12", "BUILD_URL": "https://ci.example/job/shop/12/"}


@pytest.fixture
def deploying(host: Host) -> tuple[Host, str]:
    """A host with v1 live, and a deployment that waits in its health check for as long as it may."""
    assert host.deploy("v1")[0] == 0
    host.configure(attempts=100)
    return host, enqueue(host, "deaf")


def enqueue(host: Host, ref: str) -> str:
    identity = host.bluegreen("deploy", "hello", "--ref", ref, "--detach").stdout.strip()
    host.wait_until(lambda: host.phase_state(identity, Phase.HEALTH_CHECK) is PhaseState.RUNNING)
    return identity


def start(host: Host, *arguments: str) -> "subprocess.Popen[str]":
    """The command as a Jenkins step has it: no config, an empty folder, its output in a pipe."""
    empty = host.folder / "agent"
    empty.mkdir(exist_ok=True)
    return subprocess.Popen(
        [sys.executable, "-m", "bluegreen", *arguments],
        cwd=empty,
        env={**os.environ, **JENKINS, "BLUEGREEN_REDIS_URL": host.env["BLUEGREEN_REDIS_URL"]},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def test_wait_deploys_after_the_first_has_ended(deploying: tuple[Host, str]) -> None:
    host, first = deploying
    with start(host, "deploy", "hello", "--ref", "v2", "--if-busy", "wait") as second:
        assert second.stdout is not None
        assert f"waiting for the end of {first}" in second.stdout.readline()
        assert not host.deployment(first).state.final

        host.bluegreen("abort", first)

        assert "the new version is live" in second.stdout.read()
    assert second.returncode == 0
    assert host.deployment(first).state is State.ABORTED and host.answer()["version"] == "v2"


def test_wait_has_an_end(deploying: tuple[Host, str]) -> None:
    host, first = deploying

    ended = host.bluegreen("deploy", "hello", "--if-busy", "wait", "--wait", "1")

    assert ended.returncode == 3 and f"bluegreen watch {first}" in ended.stderr
    assert host.store.holder("hello") == host.deployment(first)


def test_replace_aborts_the_first_and_deploys_once_it_is_undone(deploying: tuple[Host, str]) -> None:
    host, first = deploying
    with host.load() as load:
        status, deployment = host.deploy("v2", "--if-busy", "replace")

    assert (status, deployment.state) == (0, State.SUCCEEDED)
    replaced = host.deployment(first)
    assert replaced.state is State.ABORTED and replaced.finished_at is not None
    assert replaced.finished_at <= deployment.requested_at
    assert load.dropped() == [] and load.versions() == ["v1", "v2"]


def test_a_terminated_client_aborts_its_deployment_and_waits_for_the_rollback(host: Host) -> None:
    assert host.deploy("v1")[0] == 0
    host.configure(attempts=100)
    client = start(host, "deploy", "hello", "--ref", "deaf", "--id-file", "the.id")
    file = host.folder / "agent" / "the.id"
    host.wait_until(lambda: file.exists() and bool(file.read_text()))
    identity = file.read_text()
    host.wait_until(lambda: host.phase_state(identity, Phase.HEALTH_CHECK) is PhaseState.RUNNING)

    client.send_signal(signal.SIGTERM)
    output, _ = client.communicate(timeout=60)

    assert (client.returncode, host.deployment(identity).state) == (1, State.ABORTED), output
    assert "abort asked for by shop/main #12" in output and "aborted: the old version serves" in output
    assert host.answer()["version"] == "v1"


def test_a_client_that_is_terminated_before_its_turn_begins_nothing(deploying: tuple[Host, str]) -> None:
    host, first = deploying
    with start(host, "deploy", "hello", "--if-busy", "wait") as client:
        assert client.stdout is not None and "waiting" in client.stdout.readline()

        client.send_signal(signal.SIGTERM)

        assert "no deployment of hello has started" in client.stdout.read()
    assert client.returncode == 3
    assert [each.ref for each in host.store.history("hello")] == ["v1", "deaf"]
    assert host.deployment(first).abort_requested_by is None


def test_an_agent_needs_no_config_and_sees_each_phase_as_it_happens(host: Host) -> None:
    host.configure(bake=3)
    with start(host, "deploy", "hello", "--ref", "v1", "--id-file", "the.id") as client:
        assert client.stdout is not None
        output = ""
        while f"  {Phase.VERIFY_TRAFFIC} " not in output:
            line = client.stdout.readline()
            assert line, output
            output += line
        identity = (host.folder / "agent" / "the.id").read_text()
        assert not host.deployment(identity).state.final, "the line came after the end"
        output += client.stdout.read()

    assert client.returncode == 0
    told = [each for each in events.read(host.redis, identity) if each.kind is EventKind.PHASE_DONE]
    assert len(told) == 7 and all(sentence(each) in output for each in told)
    show = start(host, "show", identity, "--json")
    shown = show.communicate()[0]
    assert Deployment.from_json(shown) == host.deployment(identity)
    assert [each["phase"] for each in json.loads(shown)["events"] if each["kind"] == "phase_done"] == list(
        DEPLOY_PHASES
    )


def test_what_can_be_aborted_no_more_is_told_with_the_way_back(host: Host) -> None:
    host.deploy("v1")
    _, deployment = host.deploy("v2")

    ended = host.bluegreen("abort", deployment.id)

    assert ended.returncode == 2 and "cannot be aborted" in ended.stderr
    assert "bluegreen rollback hello" in ended.stderr


def test_the_build_that_asked_is_in_the_record_the_lock_and_the_history(host: Host) -> None:
    asked = "shop/main #12 (https://ci.example/job/shop/12/)"
    host.configure(attempts=100)
    start(host, "deploy", "hello", "--ref", "deaf", "--detach").communicate(timeout=60)
    holder = host.store.holder("hello")
    assert holder is not None and holder.asked_by == asked

    assert asked in host.bluegreen("deploy", "hello").stderr
    assert asked in host.bluegreen("unlock", "hello").stdout
    assert asked in host.bluegreen("history", "hello").stdout
    assert asked in host.bluegreen("explain", holder.id).stdout
    assert host.bluegreen("abort", holder.id, "--wait", "60").returncode == 1


def test_a_client_whose_output_nobody_reads_any_more_does_not_say_that_the_old_version_serves(host: Host) -> None:
    with start(host, "deploy", "hello", "--ref", "v1") as client:
        assert client.stdout is not None
        client.stdout.close()

    assert client.returncode == 5
    host.wait_until(lambda: host.store.live("hello") is not None)


def test_an_id_file_that_cannot_be_written_is_refused_before_anything_is_asked_for(host: Host) -> None:
    ended = host.bluegreen("deploy", "hello", "--id-file", str(Path("nowhere") / "the.id"))

    assert ended.returncode == 2 and "nowhere" in ended.stderr
    assert host.store.history("hello") == []
