"""A deployment ends with a look at what users get, and says what was seen."""

import os
import signal

import psutil
import pytest

from bluegreen.deployment.record import Deployment
from bluegreen.deployment.states import Color, Phase, PhaseState, State
from tests.e2e.host import Host

pytestmark = [pytest.mark.real, pytest.mark.timeout(180)]


@pytest.fixture
def live(host: Host) -> Host:
    """A host with v1 live on blue."""
    status, deployment = host.deploy("v1")
    assert status == 0, deployment
    return host


def began_to_fail(host: Host) -> str:
    """A deployment that will not get healthy, as its health check runs."""
    host.configure(attempts=6)
    identity = host.bluegreen("deploy", "hello", "--ref", "deaf", "--detach").stdout.strip()
    host.wait_until(lambda: host.phase_state(identity, Phase.HEALTH_CHECK) is PhaseState.RUNNING)
    return identity


def looked(deployment: Deployment) -> str:
    assert deployment.last_look is not None
    return deployment.last_look.what


def test_a_rollback_says_that_the_old_version_serves_because_it_was_asked(live: Host) -> None:
    ended = live.bluegreen("deploy", "hello", "--ref", "broken")

    assert ended.returncode == 1
    assert "rolled back: the old version serves (blue v1 answers)" in ended.stdout


def test_a_rollback_to_an_old_version_that_has_died_has_failed(live: Host) -> None:
    identity = began_to_fail(live)
    live.kill_color(Color.BLUE)

    ended = live.bluegreen("watch", identity)

    deployment = live.deployment(identity)
    assert (ended.returncode, deployment.state) == (4, State.FAILED), ended.stdout
    assert "the old version does not serve (blue v1 is live and does not answer" in looked(deployment)
    assert looked(deployment) in ended.stdout
    assert deployment.error is not None and deployment.error.phase is Phase.HEALTH_CHECK
    explained = live.bluegreen("explain", identity).stdout
    assert f"As it ended: {looked(deployment)}." in explained and "A person is needed" in explained


def test_a_rollback_to_an_old_version_that_hangs_ends_all_the_same(live: Host) -> None:
    identity = began_to_fail(live)
    process = psutil.Process(live.pid_of(Color.BLUE))
    os.kill(process.pid, signal.SIGSTOP)
    try:
        ended = live.bluegreen("watch", identity)
    finally:
        os.kill(process.pid, signal.SIGCONT)

    assert ended.returncode == 4
    assert "does not answer" in looked(live.deployment(identity))


def test_users_that_nginx_does_not_let_through_are_told_of_by_the_proxy(live: Host) -> None:
    """The version itself answers; the site in front of it does not."""
    conf = live.folder / "nginx.conf"
    conf.write_text(conf.read_text().replace("location / {", "location / { return 403;", 1))
    assert "return 403" in conf.read_text() and live.nginx.process is not None
    before = live.proxy_workers()
    live.nginx.process.send_signal(signal.SIGHUP)
    live.wait_until(lambda: not before & live.proxy_workers())

    status, deployment = live.deploy("broken")

    assert (status, deployment.state) == (4, State.FAILED)
    assert f"nginx.conf, {live.url}/health gets 403" in looked(deployment), deployment.last_look


def test_a_first_deployment_that_fails_does_not_speak_of_an_old_version(host: Host) -> None:
    ended = host.bluegreen("deploy", "hello", "--ref", "broken")

    (deployment,) = host.store.history("hello")
    assert (ended.returncode, deployment.state) == (1, State.ROLLED_BACK), ended.stdout
    assert looked(deployment) == "no version was live before, and none is"
    assert "old version" not in ended.stdout + host.bluegreen("explain", deployment.id).stdout


def test_a_first_version_that_dies_after_the_switch_has_no_old_version_to_go_back_to(host: Host) -> None:
    host.configure(bake=20)
    identity = host.bluegreen("deploy", "hello", "--ref", "v1", "--detach").stdout.strip()
    host.wait_until(lambda: host.phase_state(identity, Phase.SWITCH_TRAFFIC) is PhaseState.DONE)
    host.kill_color(Color.BLUE)

    ended = host.bluegreen("watch", identity)

    deployment = host.deployment(identity)
    assert (ended.returncode, deployment.state) == (1, State.ROLLED_BACK), ended.stdout
    assert "The proxies get the files back that they had." in ended.stdout
    assert "old version" not in ended.stdout


def test_a_release_is_called_kept_where_it_can_be_started_again(live: Host) -> None:
    _, deployment = live.deploy("v2")
    cleanup = deployment.phase_record(Phase.CLEANUP_OLD_VERSION)

    assert cleanup is not None and cleanup.message == "blue is stopped, and release v1 kept for a rollback"


def test_a_look_that_nobody_can_take_breaks_no_rollback(live: Host) -> None:
    """The proxy's file has become that of another service."""
    file = live.folder / "conf.d" / "app.inc"
    file.write_text(file.read_text().replace('"service":"hello"', '"service":"other"'))

    status, deployment = live.deploy("v2")

    assert (status, deployment.state) == (1, State.ROLLED_BACK)
    assert "what users get could not be looked at (" in looked(deployment)
    assert looked(deployment) in live.bluegreen("explain", deployment.id).stdout
