"""nginx killed, the disk full, the client gone: a final state each time, and never half of a file."""

import itertools
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from bluegreen.deployment.states import Color, Phase, PhaseState, State
from bluegreen.store import keys
from bluegreen.system import locks
from nginx.file.marker import parse
from tests.chaos.arena import Arena, Trial
from tests.chaos.disruption import kill_nginx, let, nginx_master, thaw
from tests.e2e.host import Host

pytestmark = [pytest.mark.real, pytest.mark.timeout(300)]


@pytest.mark.parametrize(
    "point",
    [
        pytest.param("after replace file", marks=pytest.mark.long),
        "before reload",
        pytest.param("after reload", marks=pytest.mark.long),
    ],
)
def test_nginx_killed_in_the_middle_of_a_switch(arena: Arena, point: str) -> None:
    arena.order_freeze(f"switch_traffic: {point}")
    trial = Trial(arena)
    worker = arena.await_freeze()
    kill_nginx(arena)
    file = (arena.host.folder / "conf.d" / "app.inc").read_text()
    assert parse(file) is not None and file.rstrip().endswith("}"), "half of a file"
    thaw(worker)

    deployment = trial.ended()

    assert deployment.state is State.FAILED, deployment
    assert "nginx" in str(deployment.error)
    assert deployment.last_look is not None and deployment.last_look.serves is False
    assert "nginx.conf is not running" in deployment.last_look.what
    arena.host.start_nginx()
    trial.check(deployment.with_(state=State.ROLLED_BACK))  # but for nginx itself
    assert Trial(arena).ended().state is State.SUCCEEDED


def test_files_that_somebody_breaks_in_the_middle_of_a_switch(arena: Arena) -> None:
    """nginx itself refuses them at the reload: it goes on as it was, and there is nothing to turn back."""
    arena.order_freeze("switch_traffic: before reload")
    trial = Trial(arena)
    worker = arena.await_freeze()
    workers = nginx_master(arena).children()
    broken = arena.host.folder / "conf.d" / "broken.inc"
    broken.write_text("nonsense;\n")
    thaw(worker)

    deployment = trial.ended()

    broken.unlink()
    assert (
        deployment.state is State.ROLLED_BACK
        and deployment.error
        and 'directive "nonsense"' in deployment.error.saw
    )
    assert not deployment.switch_started and nginx_master(arena).children() == workers
    trial.check(deployment)


@pytest.mark.parametrize(
    "point",
    ["after replace file", pytest.param("before note retired_by_switch switch_started", marks=pytest.mark.long)],
)
def test_nginx_restarted_in_the_middle_of_a_switch(arena: Arena, point: str) -> None:
    """It comes up with what the file says by then, and has other workers than those that were noted."""
    arena.order_freeze(f"switch_traffic: {point}")
    trial = Trial(arena)
    worker = arena.await_freeze()
    kill_nginx(arena)
    arena.host.start_nginx()
    back = time.time()
    thaw(worker)

    deployment = trial.ended()

    assert deployment.state is State.SUCCEEDED, deployment
    trial.check(deployment)
    ended = time.time()
    arena.load.wait_for(lambda lines: lines[-1]["time"] > ended)
    # A connection that was kept from before is gone with the old nginx.
    fresh = [line for line in arena.load.dropped() if line["time"] > back and not line["kept"]]
    assert fresh == [], fresh


class NextDeployment(Trial):
    """One that the test's own client asks for, and is killed at."""

    when = "before"

    def enqueue(self) -> str:
        arguments = [sys.executable, "-m", "tests.chaos.client", self.when, "deploy", "hello", "--ref", self.ref]
        client = subprocess.run(arguments, env={**os.environ, **self.host.env}, timeout=60)
        assert client.returncode == -9
        self.host.wait_until(lambda: self.host.store.history("hello")[-1].ref == self.ref)
        return self.host.store.history("hello")[-1].id


class AfterItsAnswer(NextDeployment):
    when = "after"


@pytest.mark.parametrize("kind", [NextDeployment, pytest.param(AfterItsAnswer, marks=pytest.mark.long)])
def test_a_client_that_is_killed_leaves_a_deployment_that_goes_its_way(
    arena: Arena, kind: type[NextDeployment]
) -> None:
    """Once it has asked, nobody needs it: neither for the answer nor for the end."""
    ending = kind(arena).end("the client killed", 0)

    assert ending.state is State.SUCCEEDED


@pytest.fixture
def small_disk(arena: Arena) -> Iterator[Path]:
    """The folder of the proxy file, on a disk of two pages."""
    folder = arena.host.folder / "conf.d"
    files = {file.name: file.read_text() for file in folder.iterdir()}
    mounted = shutil.which("mount") and subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=16k", "tmpfs", str(folder)], capture_output=True
    )
    if not mounted or mounted.returncode != 0:
        pytest.skip("this user may not mount a disk")
    try:
        for name, text in files.items():
            (folder / name).write_text(text)
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def test_a_disk_that_is_full_when_the_proxy_file_is_written(arena: Arena, small_disk: Path) -> None:
    file = small_disk / "app.inc"
    before = file.read_text()
    fill(small_disk / "filler")
    trial = Trial(arena)

    deployment = trial.ended()

    assert deployment.state is State.ROLLED_BACK, deployment
    assert deployment.error is not None and deployment.error.phase is Phase.SWITCH_TRAFFIC
    assert str(file) in deployment.error.what and "No space left" in deployment.error.what
    assert "room on its disk" in deployment.error.advice
    assert file.read_text() == before and sorted(os.listdir(small_disk)) == ["app.inc", "filler"]
    assert any("No space left" in warning for warning in deployment.warnings)
    trial.check(deployment)
    (small_disk / "filler").unlink()
    assert Trial(arena).end("with room again", 0).state is State.SUCCEEDED
    assert arena.host.answer()["color"] == Color.GREEN


def fill(path: Path) -> None:
    """Take what room there is."""
    with path.open("wb", buffering=0) as filler:
        try:
            while filler.write(b"0" * 512):
                pass
        except OSError:
            return


@pytest.mark.parametrize(
    "phase", [pytest.param(Phase.DETERMINE_TARGET, marks=pytest.mark.long), Phase.SWITCH_TRAFFIC]
)
def test_a_service_of_another_config_file_that_has_the_nginx_in_hand_is_waited_for(
    arena: Arena, phase: Phase
) -> None:
    """It may have half of a switch in the files at that moment: whoever asks nginx then would be refused."""
    conf = arena.host.folder / "nginx.conf"
    whole = conf.read_text()
    trial = None
    if phase is Phase.SWITCH_TRAFFIC:
        trial = Trial(arena, word="waits")
        arena.host.wait_until(
            lambda: arena.host.phase_state(trial.identity, Phase.HEALTH_CHECK) is PhaseState.RUNNING
        )
    with locks.exclusive(locks.of_host(f"nginx {conf.resolve()}")):
        conf.write_text(whole + "half of a switch")
        trial = trial or Trial(arena)
        let(arena, "well")
        arena.host.wait_until(lambda: arena.host.phase_state(trial.identity, phase) is PhaseState.RUNNING)
        await_heartbeats(arena.host, trial.identity, 2)
        conf.write_text(whole)

    assert trial.end(f"the nginx in another's hand, {phase}", 0).state is State.SUCCEEDED


@pytest.mark.parametrize(
    ("abort", "is_asked"),
    [
        pytest.param(False, True, marks=pytest.mark.long),
        pytest.param(True, True, marks=pytest.mark.long),
        (True, False),
    ],
)
def test_somebody_else_s_reload_takes_up_what_a_killed_worker_had_written(
    arena: Arena, abort: bool, is_asked: bool
) -> None:
    """It had not noted yet which of nginx's workers have the old version's requests, nor that it turns."""
    if not is_asked:
        arena.configure(status=0)
    arena.order_freeze("switch_traffic: after replace file")
    trial = Trial(arena)
    arena.await_freeze()
    nginx_master(arena).send_signal(signal.SIGHUP)
    arena.host.wait_until(lambda: arena.host.answer()["version"] == trial.ref)
    if abort:
        assert arena.host.store.request_abort(trial.identity, "a test")
    arena.host.kill_worker()
    arena.start_successor()

    deployment = trial.ended()

    assert deployment.state is (State.ABORTED if abort else State.SUCCEEDED)
    assert deployment.retired_by_rollback if abort else deployment.retired_by_switch
    trial.check(deployment)


def await_heartbeats(host: Host, identity: str, number: int) -> None:
    """Return when the worker at the phase in hand has renewed its lease so often."""
    seen = [host.redis.pttl(keys.lease(identity))]

    def renewed() -> int:
        seen.append(host.redis.pttl(keys.lease(identity)))
        return sum(later > earlier for earlier, later in itertools.pairwise(seen))

    host.wait_until(lambda: renewed() >= number)
