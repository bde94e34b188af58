"""A commit's files, in a folder of their own, whatever was killed before."""

import os
import subprocess
import sys

import psutil
import pytest

from bluegreen.deployment.errors import AbortRequested, PhaseFailed
from bluegreen.deployment.record import Release
from bluegreen.settings import release_folder
from bluegreen.source import git
from bluegreen.system import platform
from tests.bluegreen.source.conftest import files_of

pytestmark = pytest.mark.real


@pytest.mark.parametrize("runtime", ["compose", "processes"])
def test_each_commit_has_a_folder_of_its_own(make_service, upstream, cancellation, workspace, tmp_path, runtime):
    service = make_service(runtime=runtime)
    first = upstream.commit({"a": "1\n", "sub/b": "x\r\n"})
    assert git.checkout("hello", service, "trunk", cancellation) == first
    second = upstream.commit({"a": "2\n"})
    assert git.checkout("hello", service, "trunk", cancellation) == second

    releases = tmp_path / "state" / "releases"
    assert sorted(each.name for each in releases.iterdir()) == sorted([first, second])
    assert (releases / first / "sub" / "b").read_bytes() == b"x\r\n"
    assert files_of(releases / second) == {"a": "2\n"}
    assert files_of(workspace) == {}


def test_a_release_folder_that_is_complete_is_left_alone(make_service, upstream, cancellation, tmp_path):
    service = make_service()
    commit = upstream.commit({"a": "1"})
    git.checkout("hello", service, None, cancellation)
    made = tmp_path / "state" / "releases" / commit / "made-by-the-application"
    made.write_text("kept")

    git.checkout("hello", service, None, cancellation)

    assert made.read_text() == "kept"


def test_half_a_release_folder_of_a_killed_worker_is_not_used(make_service, upstream, cancellation, tmp_path):
    service = make_service()
    commit = upstream.commit({"a": "1"})
    releases = tmp_path / "state" / "releases"
    (releases / f".{commit}.new").mkdir(parents=True)
    (releases / f".{commit}.new" / "half").write_text("")

    git.checkout("hello", service, None, cancellation)

    assert [each.name for each in releases.iterdir()] == [commit]
    assert files_of(releases / commit) == {"a": "1"}


def test_a_release_folder_waits_for_a_scanner_to_let_go_of_it(make_service, upstream, cancellation, monkeypatch):
    upstream.commit({"a": "1"})
    asked, replace, remove_tree = [], platform.replace, platform.remove_tree
    monkeypatch.setattr(platform, "replace", lambda *paths: (asked.append("replace"), replace(*paths)))
    monkeypatch.setattr(platform, "remove_tree", lambda *given: (asked.append(given[1:]), remove_tree(*given)))

    git.checkout("hello", make_service(), None, cancellation)

    assert asked == [(platform.PATIENCE,), "replace"]


def test_pruning_keeps_what_it_is_told(make_service, upstream, cancellation, tmp_path):
    service = make_service()
    git.prune("hello", service, {"nothing there yet"})
    commits = []
    for number in range(3):
        commits.append(upstream.commit({"a": str(number)}))
        git.checkout("hello", service, None, cancellation)

    git.prune("hello", service, commits[1:])

    releases = tmp_path / "state" / "releases"
    assert sorted(each.name for each in releases.iterdir()) == sorted(commits[1:])


def test_locks_of_a_killed_fetch_do_not_block_the_next_one(service, upstream, cancellation, tmp_path):
    upstream.commit({"a": "1"})
    git.checkout("hello", service, None, cancellation)
    mirror = tmp_path / "state" / "hello.git"
    for name in ("HEAD.lock", "packed-refs.lock", "config.lock", "refs/heads/trunk.lock", "shallow.lock"):
        (mirror / name).write_text("")
    upstream.commit({"a": "2"})

    assert files_of(checked_out(service, cancellation)) == {"a": "2"}


def test_half_a_mirror_is_completed(service, upstream, cancellation, tmp_path):
    upstream.commit({"a": "1"})
    mirror = tmp_path / "state" / "hello.git"
    (mirror / "objects").mkdir(parents=True)
    (mirror / "config.lock").write_text("")

    assert files_of(checked_out(service, cancellation)) == {"a": "1"}


def test_a_git_that_outlived_its_worker_is_ended_before_the_next_one_works(
    service, upstream, cancellation, tmp_path
):
    upstream.commit({"a": "1"})
    mirror = tmp_path / "state" / "hello.git"
    idle = [sys.executable, "-c", "import time; time.sleep(600)", f"--git-dir={mirror}"]
    with subprocess.Popen(idle) as leftover:
        git.checkout("hello", service, None, cancellation)

        leftover.wait(10)
    assert not psutil.pid_exists(leftover.pid)


def test_variables_of_a_git_hook_around_us_are_not_followed(
    service, upstream, cancellation, monkeypatch, tmp_path
):
    upstream.commit({"a": "1"})
    for name in ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY"):
        monkeypatch.setenv(name, str(tmp_path / "elsewhere"))

    assert files_of(checked_out(service, cancellation)) == {"a": "1"}
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

        def is_cancelled(self):
            self.cuts += any("sleep 600" in " ".join(each) for each in _command_lines())
            return self.cuts > 0

    with pytest.raises(AbortRequested):
        git.checkout("hello", hangs, "trunk", Aborted())


def test_a_fetch_has_an_end(make_service, monkeypatch, cancellation):
    hangs = make_service(url="ssh://host/repository", timeout=0.5)
    monkeypatch.setenv("GIT_SSH_COMMAND", f"{sys.executable} -c 'import time; time.sleep(600)'")

    with pytest.raises(PhaseFailed, match=r"did not end within 0\.5 s"):
        git.checkout("hello", hangs, "trunk", cancellation)


def test_no_password_of_the_url_is_in_a_message_or_on_a_command_line(
    make_service, monkeypatch, cancellation, tmp_path
):
    seen = tmp_path / "seen"
    helper = f"{sys.executable} -c 'import sys; print(sys.argv[1:], file=open({str(seen)!r}, \"a\"))'"
    monkeypatch.setenv("GIT_SSH_COMMAND", helper)
    service = make_service(url="ssh://user:s3cret@host/repository")

    with pytest.raises(PhaseFailed) as raised:
        git.checkout("hello", service, "trunk", cancellation)

    assert "s3cret" not in str(raised.value)
    assert "ssh://***@host/repository" in raised.value.what
    assert os.listdir(tmp_path / "state")


def test_a_git_that_is_not_installed_is_named(service, cancellation, monkeypatch):
    monkeypatch.setenv("PATH", "/nowhere")

    with pytest.raises(PhaseFailed, match="cannot run git"):
        git.checkout("hello", service, None, cancellation)


def test_a_release_is_looked_for_where_it_was_put(service, upstream, cancellation):
    upstream.commit({"a": "1"})
    release = Release(name="1.0", commit=git.checkout("hello", service, None, cancellation))

    assert files_of(release_folder.folder_of("hello", service, release)) == {"a": "1"}
    assert release_folder.newest(service) == release_folder.folder_of("hello", service, release)

    git.prune("hello", service, ())
    with pytest.raises(PhaseFailed, match=r"the files of release 1\.0 are not on this host any more") as gone:
        release_folder.folder_of("hello", service, release)
    assert f"bluegreen deploy hello --ref {release.commit}" in gone.value.advice
    with pytest.raises(PhaseFailed, match="not on this host"):
        release_folder.folder_of("hello", service, Release(name="only-a-name"))


@pytest.mark.skipif(sys.platform == "win32", reason="modes")
def test_whoever_runs_in_a_container_may_read_a_release(service, upstream, cancellation):
    """Whatever the worker's umask: what is built, and what is mounted, is run by another user there."""
    upstream.commit({"a": "1", "sub/run": "#!/bin/sh\n"})
    upstream.git("update-index", "--chmod=+x", "sub/run")
    upstream.git("commit", "--quiet", "--message", "may be run")
    before = os.umask(0o077)
    try:
        folder = checked_out(service, cancellation)
    finally:
        os.umask(before)

    modes = {each.name: each.stat().st_mode & 0o777 for each in (folder, *folder.rglob("*"))}
    assert modes == {folder.name: 0o755, "a": 0o644, "sub": 0o755, "run": 0o755}


def checked_out(service, cancellation):
    """The folder of the newest commit's files."""
    return service.releases_folder / git.checkout("hello", service, None, cancellation)


def _command_lines():
    for process in psutil.process_iter():
        try:
            yield process.cmdline()
        except psutil.Error:
            continue
