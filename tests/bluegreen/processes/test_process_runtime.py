"""Colours as real processes: started, found, stopped, and never mistaken for somebody else's."""

import errno
import sys

import psutil
import pytest

from bluegreen.deployment.errors import PhaseFailed, Superseded
from bluegreen.system import platform
from tests.bluegreen.processes.support import answer_of, eventually, marked_with, release
from tests.cancellations import Stale

pytestmark = pytest.mark.real


def test_a_started_colour_answers_with_its_release_and_is_seen_running(runtime, blue, cancellation, tmp_path):
    runtime.start(blue, release("1.0"), "d1", cancellation)

    color, name, pid, folder = answer_of(runtime, blue)
    seen = runtime.look(blue)
    assert (color, name, folder) == ("blue", "1.0", str(tmp_path))
    assert (seen.running, seen.deployment_id, seen.release) == (True, "d1", "1.0")
    assert seen.described == f"process {pid}"
    assert cancellation.asked >= 1


def test_a_start_for_another_deployment_replaces_the_process(runtime, blue, cancellation, tmp_path):
    runtime.start(blue, release("1.0"), "d1", cancellation)
    first = answer_of(runtime, blue)[2]

    runtime.start(blue, release("2.0"), "d2", cancellation)

    _, name, second, _ = answer_of(runtime, blue)
    assert name == "2.0"
    assert [str(each.pid) for each in marked_with(tmp_path)] == [second] != [first]


def test_a_stopped_colour_still_says_which_release_it_was_and_starts_again(runtime, blue, cancellation):
    runtime.start(blue, release("1.0"), "d1", cancellation)
    answer_of(runtime, blue)

    runtime.stop(blue, cancellation)
    runtime.stop(blue, cancellation)

    seen = runtime.look(blue)
    assert (seen.running, seen.deployment_id, seen.release) == (False, "d1", "1.0")
    assert seen.exit_code not in (None, 0)
    runtime.start(blue, release("1.0"), "d1", cancellation)
    assert answer_of(runtime, blue)[1] == "1.0"


def test_nothing_is_left_of_a_removed_colour(runtime, blue, cancellation, tmp_path):
    runtime.start(blue, release(), "d1", cancellation)
    answer_of(runtime, blue)  # ended sooner, it may leave a console behind under Wine

    runtime.remove(blue, cancellation)
    runtime.remove(blue, cancellation)

    assert marked_with(tmp_path) == []
    assert {each.suffix for each in (tmp_path / "state").iterdir()} <= {".lock", ".holder"}
    assert (runtime.look(blue).described, runtime.logs(blue)) == ("nothing", "")


def test_a_log_that_somebody_has_open_does_not_keep_the_colour(runtime, blue, cancellation, monkeypatch):
    runtime.start(blue, release(), "d1", cancellation)
    answer_of(runtime, blue)
    remove = platform.remove

    def held(path):
        if path.suffix == ".log":
            raise platform.HeldOpen(errno.EACCES, "another program has it open", str(path))
        remove(path)

    monkeypatch.setattr(platform, "remove", held)

    runtime.remove(blue, cancellation)

    assert runtime.look(blue).described == "nothing"


@pytest.mark.skipif(sys.platform == "win32", reason="there the first signal is a hard one")
def test_a_process_that_ignores_the_polite_signal_is_killed_after_the_grace(
    make_runtime, blue, cancellation, tmp_path
):
    runtime = make_runtime(_server("--deaf"), grace=0.2)
    runtime.start(blue, release(), "d1", cancellation)
    answer_of(runtime, blue)

    runtime.stop(blue, cancellation)

    assert marked_with(tmp_path) == []
    assert runtime.look(blue).exit_code == -9


@pytest.mark.skipif(sys.platform == "win32", reason="sh")
def test_the_children_of_a_shell_end_with_it(make_runtime, blue, cancellation, tmp_path):
    server = " ".join(_server())
    runtime = make_runtime(
        ("sh", "-c", f"env -u BLUEGREEN_STATE {server} & {server.replace('{port}', '0')}; true")
    )
    runtime.start(blue, release(), "d1", cancellation)
    family = psutil.Process(int(runtime.look(blue).described.split()[1])).children
    answer_of(runtime, blue)
    children = eventually(lambda: len(family(recursive=True)) >= 2 and family(recursive=True), "two children")

    runtime.stop(blue, cancellation)

    assert not any(each.is_running() and each.status() != psutil.STATUS_ZOMBIE for each in children)


def test_a_process_that_ends_at_once_tells_its_exit_code_and_last_words(make_runtime, blue, cancellation):
    words = "import sys; print('one'); print('two', flush=True); sys.exit('no such table')"
    runtime = make_runtime((sys.executable, "-c", words))

    runtime.start(blue, release(), "d1", cancellation)

    seen = eventually(lambda: not (now := runtime.look(blue)).running and now, "the end of it")
    assert seen.exit_code == 1
    assert "exit code 1" in seen.described
    assert runtime.logs(blue, 2) == "two\nno such table"


def test_the_process_does_not_see_the_workers_own_settings(make_runtime, blue, cancellation, monkeypatch):
    monkeypatch.setenv("BLUEGREEN_REDIS_URL", "redis://:secret@host")
    monkeypatch.setenv("INHERITED", "yes")
    runtime = make_runtime(env={"CONFIGURED": "{port}"})
    runtime.start(blue, release("1.0"), "d1", cancellation)
    pid = int(answer_of(runtime, blue)[2])

    seen = psutil.Process(pid).environ()

    assert "BLUEGREEN_REDIS_URL" not in seen
    assert (seen["INHERITED"], seen["CONFIGURED"]) == ("yes", "{port}")
    assert (seen["BLUEGREEN_SERVICE"], seen["BLUEGREEN_COLOR"], seen["PORT"]) == (
        "hello",
        "blue",
        str(runtime.address_on_host(blue).port),
    )


def test_with_a_source_the_process_runs_in_the_folder_of_its_release(make_runtime, blue, cancellation, tmp_path):
    runtime = make_runtime(source={"url": "https://host/repository"})
    with pytest.raises(PhaseFailed, match="not on this host any more"):
        runtime.start(blue, release("1.0", commit="c0ffee"), "d1", cancellation)
    folder = tmp_path / "state" / "releases" / "c0ffee"
    folder.mkdir(parents=True)

    runtime.start(blue, release("1.0", commit="c0ffee"), "d1", cancellation)

    assert answer_of(runtime, blue)[3] == str(folder)


def test_a_program_that_is_not_there_is_named(make_runtime, blue, cancellation):
    runtime = make_runtime(("no-such-program", "{port}"))

    with pytest.raises(PhaseFailed, match="there is no program no-such-program on the PATH"):
        runtime.preflight(blue)
    with pytest.raises(PhaseFailed, match="there is no program no-such-program on the PATH"):
        runtime.start(blue, release(), "d1", cancellation)


def test_a_guard_that_refuses_prevents_the_spawn_and_the_kill(runtime, blue, cancellation, tmp_path):
    with pytest.raises(Superseded):
        runtime.start(blue, release(), "d1", Stale())
    assert marked_with(tmp_path) == []

    runtime.start(blue, release(), "d1", cancellation)
    with pytest.raises(Superseded):
        runtime.stop(blue, Stale())
    assert runtime.look(blue).running


def _server(*more):
    from tests.bluegreen.processes.support import SERVER

    return (sys.executable, str(SERVER), "{port}", *more)
