"""A commit's files: in a folder of their own, or forced into the workspace, whatever was killed before."""

import os
import subprocess
import sys

import psutil
import pytest

from deployment import system
from deployment.errors import AbortRequested, PhaseFailed
from source import git
from source.git import Repository
from tests.source.conftest import files_of

pytestmark = pytest.mark.real


def test_for_processes_each_commit_has_a_folder_of_its_own(make_service, upstream, guard, workspace, tmp_path):
    service = make_service(runtime="processes")
    first = upstream.commit({"a": "1\n", "sub/b": "x\r\n"})
    assert git.checkout("hello", service, "trunk", guard) == first
    second = upstream.commit({"a": "2\n"})
    assert git.checkout("hello", service, "trunk", guard) == second

    releases = tmp_path / "state" / "releases"
    assert sorted(each.name for each in releases.iterdir()) == sorted([first, second])
    assert (releases / first / "sub" / "b").read_bytes() == b"x\r\n"
    assert files_of(releases / second) == {"a": "2\n"}
    assert files_of(workspace) == {}


def test_a_release_folder_that_is_complete_is_left_alone(make_service, upstream, guard, tmp_path):
    service = make_service(runtime="processes")
    commit = upstream.commit({"a": "1"})
    git.checkout("hello", service, None, guard)
    made = tmp_path / "state" / "releases" / commit / "made-by-the-application"
    made.write_text("kept")

    git.checkout("hello", service, None, guard)

    assert made.read_text() == "kept"


def test_half_a_release_folder_of_a_killed_worker_is_not_used(make_service, upstream, guard, tmp_path):
    service = make_service(runtime="processes")
    commit = upstream.commit({"a": "1"})
    releases = tmp_path / "state" / "releases"
    (releases / f".{commit}.new").mkdir(parents=True)
    (releases / f".{commit}.new" / "half").write_text("")

    git.checkout("hello", service, None, guard)

    assert [each.name for each in releases.iterdir()] == [commit]
    assert files_of(releases / commit) == {"a": "1"}


def test_a_release_folder_waits_for_a_scanner_to_let_go_of_it(make_service, upstream, guard, monkeypatch):
    upstream.commit({"a": "1"})
    asked, replace, remove_tree = [], system.replace, system.remove_tree
    monkeypatch.setattr(system, "replace", lambda *paths: (asked.append("replace"), replace(*paths)))
    monkeypatch.setattr(system, "remove_tree", lambda *given: (asked.append(given[1:]), remove_tree(*given)))

    git.checkout("hello", make_service(runtime="processes"), None, guard)

    assert asked == [(system.PATIENCE,), "replace"]


def test_pruning_keeps_what_it_is_told(make_service, upstream, guard, tmp_path):
    service = make_service(runtime="processes")
    git.prune("hello", service, {"nothing there yet"})
    commits = []
    for number in range(3):
        commits.append(upstream.commit({"a": str(number)}))
        git.checkout("hello", service, None, guard)

    git.prune("hello", service, commits[1:])

    releases = tmp_path / "state" / "releases"
    assert sorted(each.name for each in releases.iterdir()) == sorted(commits[1:])


def test_in_place_tracked_files_are_forced_and_others_untouched(service, upstream, guard, workspace):
    upstream.commit({"compose.yml": "1", "app/old.py": "old", "app/same.py": "same", "save": "in the way"})
    git.checkout("hello", service, None, guard)
    (workspace / ".env").write_text("SECRET=1")
    (workspace / "data").mkdir()
    (workspace / "data" / "db").write_text("rows")
    (workspace / "compose.yml").write_text("changed by hand")
    (workspace / "app" / "same.py").unlink()
    (workspace / "app" / "new.py").write_text("in the way, untracked")
    upstream.commit({"compose.yml": "1", "app/new.py": "new", "app/same.py": "same", "save/x": "a folder now"})

    git.checkout("hello", service, None, guard)

    assert files_of(workspace) == {
        ".env": "SECRET=1",
        "data/db": "rows",
        "compose.yml": "1",
        "app/new.py": "new",
        "app/same.py": "same",
        "save/x": "a folder now",
    }


def test_in_place_twice_changes_nothing(service, upstream, guard, workspace):
    upstream.commit({"a": "1", "b": "2"})
    git.checkout("hello", service, None, guard)
    before = {each: each.stat().st_mtime_ns for each in (workspace / "a", workspace / "b")}

    git.checkout("hello", service, None, guard)

    assert {each: each.stat().st_mtime_ns for each in before} == before


def test_what_a_clone_made_by_hand_tracked_is_removed_when_the_commit_has_it_no_more(
    service, upstream, guard, workspace
):
    upstream.commit({"a": "1", "old": "x"})
    upstream.git("clone", "--quiet", str(upstream.folder), str(workspace))
    (workspace / "mine").write_text("untracked")
    upstream.commit({"a": "2"})

    git.checkout("hello", service, None, guard)

    assert files_of(workspace) == {"a": "2", "mine": "untracked"}


def test_an_interrupted_checkout_leaves_no_file_of_its_commit_behind(
    service, upstream, guard, workspace, tmp_path
):
    first = upstream.commit({"a": "1"})
    git.checkout("hello", service, first, guard)
    second = upstream.commit({"a": "2", "only-in-the-second": "x"})
    repository = Repository("hello", service)
    repository.fetch(second, guard)
    # killed when the files were written and the index was not
    note = tmp_path / "state" / "hello.index.under-way"
    note.write_text(second)
    (workspace / "a").write_text("2")
    (workspace / "only-in-the-second").write_text("x")
    (tmp_path / "state" / "hello.index.lock").write_text("")

    repository.materialise(first, workspace, guard, in_place=True)

    assert files_of(workspace) == {"a": "1"}
    assert not note.exists()


def test_locks_of_a_killed_fetch_do_not_block_the_next_one(service, upstream, guard, workspace, tmp_path):
    upstream.commit({"a": "1"})
    git.checkout("hello", service, None, guard)
    mirror = tmp_path / "state" / "hello.git"
    for name in ("HEAD.lock", "packed-refs.lock", "config.lock", "refs/heads/trunk.lock", "shallow.lock"):
        (mirror / name).write_text("")
    upstream.commit({"a": "2"})

    git.checkout("hello", service, None, guard)

    assert files_of(workspace) == {"a": "2"}


def test_half_a_mirror_is_completed(service, upstream, guard, workspace, tmp_path):
    upstream.commit({"a": "1"})
    mirror = tmp_path / "state" / "hello.git"
    (mirror / "objects").mkdir(parents=True)
    (mirror / "config.lock").write_text("")

    git.checkout("hello", service, None, guard)

    assert files_of(workspace) == {"a": "1"}


def test_a_git_that_outlived_its_worker_is_ended_before_the_next_one_works(service, upstream, guard, tmp_path):
    upstream.commit({"a": "1"})
    mirror = tmp_path / "state" / "hello.git"
    idle = [sys.executable, "-c", "import time; time.sleep(600)", f"--git-dir={mirror}"]
    with subprocess.Popen(idle) as leftover:
        git.checkout("hello", service, None, guard)

        leftover.wait(10)
    assert not psutil.pid_exists(leftover.pid)


def test_variables_of_a_git_hook_around_us_are_not_followed(
    service, upstream, guard, workspace, monkeypatch, tmp_path
):
    upstream.commit({"a": "1"})
    for name in ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY"):
        monkeypatch.setenv(name, str(tmp_path / "elsewhere"))

    git.checkout("hello", service, None, guard)

    assert files_of(workspace) == {"a": "1"}
    assert not (tmp_path / "elsewhere").exists()


@pytest.mark.skipif(sys.platform == "win32", reason="sh")
def test_an_abort_ends_a_fetch_that_hangs(make_service, monkeypatch):
    hangs = make_service(url="ssh://host/repository")
    monkeypatch.setenv("GIT_SSH_COMMAND", "sleep 600 #")

    class Aborted:
        cuts = 0

        def check(self):
            if self.cuts:
                raise AbortRequested("somebody asked")

        def is_cut(self):
            self.cuts += any("sleep 600" in " ".join(each) for each in _command_lines())
            return self.cuts > 0

    with pytest.raises(AbortRequested):
        git.checkout("hello", hangs, "trunk", Aborted())


def test_a_fetch_has_an_end(make_service, monkeypatch, guard):
    hangs = make_service(url="ssh://host/repository", timeout=0.5)
    monkeypatch.setenv("GIT_SSH_COMMAND", f"{sys.executable} -c 'import time; time.sleep(600)'")

    with pytest.raises(PhaseFailed, match=r"did not end within 0\.5 s"):
        git.checkout("hello", hangs, "trunk", guard)


def test_no_password_of_the_url_is_in_a_message_or_on_a_command_line(make_service, monkeypatch, guard, tmp_path):
    seen = tmp_path / "seen"
    helper = f"{sys.executable} -c 'import sys; print(sys.argv[1:], file=open({str(seen)!r}, \"a\"))'"
    monkeypatch.setenv("GIT_SSH_COMMAND", helper)
    service = make_service(url="ssh://user:s3cret@host/repository")

    with pytest.raises(PhaseFailed) as raised:
        git.checkout("hello", service, "trunk", guard)

    assert "s3cret" not in str(raised.value)
    assert "ssh://user:***@host/repository" in raised.value.what
    assert os.listdir(tmp_path / "state")


def test_a_git_that_is_not_installed_is_named(service, guard, monkeypatch):
    monkeypatch.setenv("PATH", "/nowhere")

    with pytest.raises(PhaseFailed, match="cannot run git"):
        git.checkout("hello", service, None, guard)


def test_the_processes_look_for_a_release_where_it_was_put(make_service, upstream, guard):
    from deployment.record import Release
    from deployment.states import Color
    from processes.runtime import ProcessRuntime

    service = make_service(runtime="processes")
    upstream.commit({"a": "1"})
    commit = git.checkout("hello", service, None, guard)

    launch = ProcessRuntime("hello", service)._launch(Color.BLUE)

    assert files_of(launch._folder_of(Release(name="1.0", commit=commit))) == {"a": "1"}


def _command_lines():
    for process in psutil.process_iter():
        try:
            yield process.cmdline()
        except psutil.Error:
            continue
