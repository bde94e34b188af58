"""Workers killed at each point of a start, pids that are strangers' by now, and processes that outlive us."""

import subprocess
import sys
import threading

import psutil
import pytest

from bluegreen.deployment.cancellation import NeverCancelled
from bluegreen.deployment.record import now
from bluegreen.deployment.runtime import Instance
from bluegreen.processes import finding
from bluegreen.processes import state_file as statefile
from bluegreen.processes.state_file import ProcessState
from tests.bluegreen.processes.support import SERVER, answer_of, eventually, marked_with, release

pytestmark = pytest.mark.real


@pytest.fixture
def state_file(tmp_path):
    return tmp_path / "state" / "hello-blue.json"


@pytest.fixture
def stranger():
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"]) as process:
        yield process
        process.kill()


def test_a_kill_before_the_spawn_leaves_an_intent_and_the_next_start_spawns(
    runtime, blue, cancellation, state_file
):
    state_file.parent.mkdir()
    statefile.save(state_file, ProcessState(deployment_id="d1", release="1.0", started=now()))

    seen = runtime.look(blue)
    assert (seen.running, seen.deployment_id, seen.release) == (False, "d1", "1.0")
    assert "interrupted" in seen.described
    runtime.start(blue, release("1.0"), "d1", cancellation)
    assert answer_of(runtime, blue)[1] == "1.0"


@pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL")
@pytest.mark.parametrize(("point", "spawned"), [("before spawn", False), ("after spawn", True)])
def test_a_worker_killed_around_the_spawn_leaves_what_the_next_one_needs(
    runtime, blue, cancellation, tmp_path, point, spawned
):
    killed = _worker(runtime, f"failpoints.hook = lambda point: point == {point!r} and os.kill(os.getpid(), 9)")

    with killed:
        assert killed.wait(60) == -9
    seen = eventually(lambda: (now := runtime.look(blue)).running == spawned and now, "what was left")
    assert (seen.deployment_id, seen.release) == ("d1", "1.0")
    before = [each.pid for each in marked_with(tmp_path)]
    runtime.start(blue, release("1.0"), "d1", cancellation)
    answer_of(runtime, blue)
    after = [each.pid for each in marked_with(tmp_path)]
    assert len(after) == 1
    assert after == before or not spawned


@pytest.mark.skipif(sys.platform == "win32", reason="zombies")
def test_a_zombie_that_another_worker_does_not_reap_is_not_running(make_runtime, blue, cancellation):
    runtime = make_runtime((sys.executable, "-c", "import time; time.sleep(600)"))
    with _worker(runtime, "", "time.sleep(600)") as worker:
        process = psutil.Process(
            int(eventually(lambda: (now := runtime.look(blue)).running and now, "a start").described.split()[1])
        )
        eventually(lambda: statefile.load(runtime._state_file(blue)).pid, "the pid in the state file")
        process.kill()
        eventually(lambda: process.status() == psutil.STATUS_ZOMBIE, "a zombie")

        assert not runtime.look(blue).running
        worker.kill()


@pytest.mark.skipif(sys.platform == "win32", reason="sessions")
def test_a_child_whose_parent_died_is_not_taken_for_what_we_spawned(
    make_runtime, blue, cancellation, state_file, tmp_path
):
    runtime = make_runtime((sys.executable, "-c", _parent_of_a_server(), "{port}"))
    runtime.start(blue, release(), "d1", cancellation)
    child = int(answer_of(runtime, blue)[2])
    parent = statefile.load(state_file).pid
    psutil.Process(parent).kill()
    eventually(lambda: not runtime.look(blue).running, "the end of the parent")
    _forget_the_pid(state_file, "nothing")

    assert not runtime.look(blue).running
    runtime.start(blue, release(), "d1", cancellation)

    assert int(answer_of(runtime, blue)[2]) != child
    assert child not in [each.pid for each in marked_with(tmp_path)]


@pytest.mark.parametrize("left", ["intent", "nothing"])
def test_a_kill_between_spawn_and_state_file_is_healed_by_adoption(
    runtime, blue, cancellation, state_file, tmp_path, left
):
    runtime.start(blue, release("1.0"), "d1", cancellation)
    pid = int(answer_of(runtime, blue)[2])
    written = statefile.load(state_file)
    _forget_the_pid(state_file, left)

    seen = runtime.look(blue)
    runtime.start(blue, release("1.0"), "d1", cancellation)

    assert (seen.running, seen.deployment_id, seen.release) == (True, "d1", "1.0")
    assert [each.pid for each in marked_with(tmp_path)] == [pid]
    assert (statefile.load(state_file).pid, statefile.load(state_file).created) == (pid, written.created)


@pytest.mark.parametrize("left", ["intent", "nothing"])
def test_an_orphan_of_another_deployment_is_ended_before_the_start(
    runtime, blue, cancellation, state_file, tmp_path, left
):
    runtime.start(blue, release("1.0"), "d1", cancellation)
    answer_of(runtime, blue)
    _forget_the_pid(state_file, left)

    runtime.start(blue, release("2.0"), "d2", cancellation)

    _, name, pid, _ = answer_of(runtime, blue)
    assert name == "2.0"
    assert [str(each.pid) for each in marked_with(tmp_path)] == [pid]


def test_an_orphan_is_stopped_although_nobody_wrote_its_pid_down(
    runtime, blue, cancellation, state_file, tmp_path
):
    runtime.start(blue, release("1.0"), "d1", cancellation)
    _forget_the_pid(state_file, "nothing")

    runtime.stop(blue, cancellation)

    assert marked_with(tmp_path) == []


def test_a_stale_pid_that_is_a_strangers_by_now_is_not_touched(runtime, blue, cancellation, state_file, stranger):
    born = psutil.Process(stranger.pid).create_time()
    state_file.parent.mkdir()
    old = ProcessState(deployment_id="d1", release="1.0", started=now(), pid=stranger.pid, created=born - 60)
    statefile.save(state_file, old)

    assert not runtime.look(blue).running
    runtime.stop(blue, cancellation)
    runtime.start(blue, release("1.0"), "d1", cancellation)

    assert answer_of(runtime, blue)[2] != str(stranger.pid)
    assert stranger.poll() is None


def test_a_clock_that_was_set_does_not_make_our_process_a_stranger(runtime, blue, cancellation, state_file):
    runtime.start(blue, release("1.0"), "d1", cancellation)
    state = statefile.load(state_file)

    statefile.save(state_file, state.with_(created=state.created - 3600))

    assert runtime.look(blue).running


def test_children_whose_parent_was_killed_are_no_running_colour_and_end_with_it(
    make_runtime, blue, cancellation, state_file, tmp_path
):
    runtime = make_runtime((sys.executable, "-c", _parent_of_a_server(), "{port}"))
    runtime.start(blue, release(), "d1", cancellation)
    child = int(answer_of(runtime, blue)[2])
    parent = statefile.load(state_file).pid
    psutil.Process(parent).kill()
    eventually(lambda: not runtime.look(blue).running, "the end of the parent")
    assert child in [each.pid for each in marked_with(tmp_path)]  # on Windows its console host is another one

    runtime.stop(blue, cancellation)

    assert marked_with(tmp_path) == []


def test_the_process_outlives_the_worker_that_started_it(runtime, blue, cancellation, tmp_path):
    with _worker(runtime, "") as worker:
        _, problems = worker.communicate(timeout=60)

    assert (worker.returncode, problems) == (0, b"")
    seen = runtime.look(blue)
    assert (seen.running, seen.deployment_id) == (True, "d1")
    runtime.start(blue, release("1.0"), "d1", cancellation)
    assert runtime.look(blue) == seen
    answer_of(runtime, blue)
    runtime.stop(blue, cancellation)
    assert runtime.look(blue) == Instance(
        running=False,
        deployment_id="d1",
        release="1.0",
        described=f"{seen.described} (ended)",
        started=_any(runtime),
    )


def test_two_workers_that_start_at_once_spawn_one_process(make_runtime, blue, tmp_path):
    workers = [
        threading.Thread(target=make_runtime().start, args=(blue, release(), "d1", NeverCancelled()))
        for _ in range(4)
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()

    assert len(marked_with(tmp_path)) == 1


def test_the_spawned_process_is_told_from_its_children(make_runtime, blue, cancellation, state_file):
    runtime = make_runtime((sys.executable, "-c", _parent_of_a_server(), "{port}"))
    runtime.start(blue, release(), "d1", cancellation)
    child = int(answer_of(runtime, blue)[2])

    found = finding.spawned(state_file)

    assert found.pid == statefile.load(state_file).pid != child


def _forget_the_pid(state_file, left):
    state = statefile.load(state_file)
    if left == "intent":
        statefile.save(state_file, state.with_(pid=None, created=None))
    else:
        state_file.unlink()


def _parent_of_a_server():
    run = f"subprocess.run([sys.executable, {str(SERVER)!r}, sys.argv[1]], stdout=subprocess.DEVNULL)"
    return f"import subprocess, sys; {run}"


def _any(runtime):
    return statefile.load(runtime._state_file("blue")).started


def _worker(runtime, first, last=""):
    """Another process that starts blue for d1, between two lines of its own."""
    code = _STARTER.format(first=first, last=last)
    service = runtime.service
    command = [sys.executable, "-W", "error", "-c", code, service.model_dump_json(), str(service.state_folder)]
    return subprocess.Popen(command, stderr=subprocess.PIPE)


_STARTER = """
import os, sys, time
from pathlib import Path
from bluegreen import failpoints
from bluegreen.deployment.cancellation import NeverCancelled
from bluegreen.deployment.record import Release
from bluegreen.settings.service import ServiceSettings
from bluegreen.deployment.states import Color
from bluegreen.processes.runtime import ProcessRuntime
{first}
service = ServiceSettings.model_validate_json(sys.argv[1]).kept_in(Path(sys.argv[2]))
ProcessRuntime("hello", service).start(Color.BLUE, Release(name="1.0"), "d1", NeverCancelled())
{last}
"""
