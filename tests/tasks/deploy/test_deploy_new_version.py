"""What is done, and in which order, until the new version runs."""

from pathlib import Path

import pytest

from bluegreen.deployment.cancellation import Cancellation
from bluegreen.deployment.errors import JobFailed, NotHealthy, PhaseFailed, Superseded
from bluegreen.deployment.record import Release
from bluegreen.deployment.states import Color, Phase
from bluegreen.store import events
from tasks.context import PhaseContext
from tasks.deploy.deploy_new_version import deploy_new_version
from tests.cancellations import Stale
from tests.tasks.memory import Host

pytestmark = pytest.mark.unit

MIGRATES = {"migrate": {"command": ["migrate"]}}


def phase(host: Host, **noted: object) -> PhaseContext:
    release = Release(name="v2")
    return host.deployment(Phase.DEPLOY_NEW_VERSION, to_color=Color.GREEN, release=release, **noted)


def test_a_release_is_built_and_started_and_the_record_says_so(host: Host) -> None:
    context = phase(host)

    assert deploy_new_version.work(context) == "green runs release v2"

    assert host.runtime.log == ["build v2", "start green v2"]
    assert host.runtime.look(Color.GREEN).deployment_id == context.deployment.id
    written = host.store.get(context.deployment.id)
    assert written and written.started and written.release == Release(name="v2", image="web:v2")


def test_migrations_run_before_the_start_and_leave_their_log(tmp_path: Path) -> None:
    host = Host(tmp_path, **MIGRATES)
    context = phase(host)

    deploy_new_version.work(context)

    assert host.runtime.log == ["build v2", "migrate v2", "forget jobs", "start green v2"]
    said = [each.data.get("text") for each in events.read(host.store.redis, context.deployment.id)]
    assert said[-2:] == ["migrate of v2, for the 1. time", "migrations of v2 have run"]


def test_migrations_that_have_run_do_not_run_again_after_a_take_over(tmp_path: Path) -> None:
    host = Host(tmp_path, **MIGRATES)
    context = phase(host)
    deploy_new_version.work(context)

    deploy_new_version.work(host.again(context))

    assert host.runtime.log.count("migrate v2") == 1 and host.runtime.log.count("start green v2") == 1


def test_migrations_that_fail_start_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def run_job(*_: object) -> str:
        raise JobFailed("the migrations ended with 1", "no such table")

    host = Host(tmp_path, **MIGRATES)
    context = phase(host)
    monkeypatch.setattr(host.runtime, "run_job", run_job)

    with pytest.raises(PhaseFailed, match="ended with 1") as failed:
        deploy_new_version.work(context)

    assert "nothing undoes that" in failed.value.advice and failed.value.saw == "no such table"
    assert host.runtime.log == ["build v2"] and not context.deployment.started


def test_a_rollback_migrates_nothing(tmp_path: Path) -> None:
    host = Host(tmp_path, **MIGRATES)

    deploy_new_version.work(phase(host, kind="rollback"))

    assert "migrate v2" not in host.runtime.log


def test_a_release_whose_image_does_not_say_how_it_is_is_not_started_where_nobody_else_does(host: Host) -> None:
    with pytest.raises(NotHealthy, match="nothing says whether green is well"):
        deploy_new_version.work(phase(host, protocol="uwsgi"))
    assert host.runtime.log == ["build v2"]


def test_the_record_says_that_it_starts_before_it_does(host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who is killed in between has left something to remove."""
    context = phase(host)
    said: list[bool] = []

    def start(color: Color, release: Release, deployment_id: str, cancellation: Cancellation) -> None:
        written = host.store.get(deployment_id)
        said.append(written is not None and written.started)

    monkeypatch.setattr(host.runtime, "start", start)
    deploy_new_version.work(context)

    assert said == [True]


def test_a_worker_that_was_fenced_out_builds_nothing(host: Host) -> None:
    host.cancellation = Stale()

    with pytest.raises(Superseded):
        deploy_new_version.work(phase(host))

    assert host.runtime.log == []


def test_a_worker_whose_lease_another_one_has_starts_nothing(host: Host) -> None:
    """Also where its own heartbeat has not seen it yet: the record refuses what it wants to note."""
    context = phase(host)
    host.again(context)

    with pytest.raises(Superseded):
        deploy_new_version.work(context)

    assert host.runtime.log == ["build v2"]


class Busy:
    """A proxy that still answers requests of a route that was left."""

    def __init__(self, host: Host, monkeypatch: pytest.MonkeyPatch, *retiring: int) -> None:
        self.drained: list[tuple[object, float, list[str]]] = []
        self.log = host.runtime.log
        monkeypatch.setattr(host.router, "retiring", lambda: {"nginx.conf": retiring})
        monkeypatch.setattr(host.router, "drain", self.drain)

    def drain(self, retired: object, timeout: float, _: object) -> int:
        self.drained.append((retired, timeout, list(self.log)))
        return 0


def test_before_any_success_last_requests_are_waited_for_before_the_start(
    host: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    busy = Busy(host, monkeypatch, 7)
    context = phase(host)

    deploy_new_version.work(context)

    assert busy.drained == [({"nginx.conf": (7,)}, 30, ["build v2"])]
    said = [each.data.get("text") for each in events.read(host.store.redis, context.deployment.id)]
    assert "requests from before a reload are not answered yet: green waits for them" in said


def test_where_nothing_is_left_to_answer_nothing_is_said(host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    busy = Busy(host, monkeypatch)

    deploy_new_version.work(phase(host))

    assert busy.drained == []


@pytest.mark.parametrize("has_failed", [False, True])
def test_after_a_success_only_a_failure_since_may_have_left_requests(
    host: Host, monkeypatch: pytest.MonkeyPatch, has_failed: bool
) -> None:
    busy = Busy(host, monkeypatch, 7)
    host.live()
    if has_failed:
        failed = host.store.create("web", "somebody")
        host.store.unlock(failed.id, "ann")

    deploy_new_version.work(phase(host))

    assert bool(busy.drained) is has_failed


def test_a_colour_that_users_get_is_not_replaced(host: Host) -> None:
    context = phase(host)
    host.serve(Color.GREEN, "v0", generation=1)

    with pytest.raises(PhaseFailed, match="green is kept, because nginx.conf sends requests to it"):
        deploy_new_version.work(context)

    assert host.runtime.log == ["build v2"] and not host.written(context).started


@pytest.mark.parametrize(
    ("settings", "printed", "marked"),
    [
        ({}, "applied 0042", False),
        ({}, "applied 0042\n  bluegreen: irreversible\ndone", True),
        ({}, "not bluegreen: irreversible", False),
        ({"reversible": False}, "applied 0042", True),
    ],
)
def test_migrations_that_do_not_go_back_are_marked_in_the_record(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings: dict[str, bool], printed: str, marked: bool
) -> None:
    host = Host(tmp_path, migrate={"command": ["migrate"], **settings})
    context = phase(host)
    monkeypatch.setattr(host.runtime, "run_job", lambda *_: printed)

    deploy_new_version.work(context)

    assert host.written(context).irreversible is marked and host.written(context).migrated


def test_so_are_those_that_failed_on_their_way(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def migrate(*_: object) -> str:
        raise JobFailed("the migrations ended with 1", "dropped\nbluegreen: irreversible\nno such table")

    host = Host(tmp_path, **MIGRATES)
    context = phase(host)
    monkeypatch.setattr(host.runtime, "run_job", migrate)

    with pytest.raises(PhaseFailed):
        deploy_new_version.work(context)

    assert host.written(context).irreversible


def test_what_is_marked_by_the_settings_is_so_before_it_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A worker that is killed in them leaves a database that nobody has looked at."""
    host = Host(tmp_path, migrate={"command": ["migrate"], "reversible": False})
    context = phase(host)
    said: list[bool] = []

    def migrate(*_: object) -> str:
        said.append(host.written(context).irreversible)
        return ""

    monkeypatch.setattr(host.runtime, "run_job", migrate)
    deploy_new_version.work(context)

    assert said == [True]
