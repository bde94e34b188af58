"""Hooks of a deployment in memory: in their order, once it is noted not again, and at any kill at least once."""

import threading
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from bluegreen.deployment.errors import AbortRequested, JobFailed, NotHealthy, PhaseFailed
from bluegreen.deployment.hooks import HookPoint
from bluegreen.deployment.job import Job
from bluegreen.deployment.record import Release
from bluegreen.deployment.states import Color, Phase
from bluegreen.http import Response
from bluegreen.store import events
from tasks.context import PhaseContext
from tasks.deploy.deploy_new_version import deploy_new_version
from tasks.deploy.determine_target import determine_target
from tasks.deploy.health_check import health_check
from tasks.deploy.verify_traffic import verify_traffic
from tests.runtimes.in_memory import WELL
from tests.tasks.memory import Host
from tests.tasks.moments import kills

pytestmark = pytest.mark.unit

SMOKE: dict[str, Any] = {"at": "before_switch", "command": ["smoke"]}
DUMP: dict[str, Any] = {"at": "before_migrate", "command": ["dump"]}


def hosted(folder: Path, *hooks: dict[str, Any], **more: Any) -> Host:
    return Host(folder, hooks=hooks, **more)


def migrating(folder: Path) -> Host:
    return hosted(folder, DUMP, migrate={"command": ["migrate"]})


def building(host: Host) -> PhaseContext:
    return host.deployment(Phase.DEPLOY_NEW_VERSION, to_color=Color.GREEN, release=Release(name="v2"))


def test_all_of_a_point_run_in_their_order_and_what_they_print_is_kept(tmp_path: Path) -> None:
    host = hosted(tmp_path, SMOKE, {**SMOKE, "command": ["load"]})
    ran: list[Job] = []
    host.runtime.during = ran.append
    context = host.upgrade(Phase.HEALTH_CHECK)

    health_check.work(context)

    assert [each.command for each in ran] == [("smoke",), ("load",)]
    assert host.written(context).passed_hooks == (HookPoint.BEFORE_SWITCH,)
    said = [str(each.data.get("text")) for each in events.read(host.store.redis, context.deployment.id)]
    assert "before_switch-0 of v2, for the 1. time" in said and "the hook before_switch runs: smoke" in said


def test_once_it_is_noted_that_they_passed_they_do_not_run_again(tmp_path: Path) -> None:
    host = hosted(tmp_path, SMOKE)

    health_check.work(host.upgrade(Phase.HEALTH_CHECK, passed_hooks=(HookPoint.BEFORE_SWITCH,)))

    assert host.runtime.log == ["forget jobs"]


def test_a_bad_end_is_one_of_the_hook_with_its_output(tmp_path: Path) -> None:
    host = hosted(tmp_path, SMOKE)
    host.runtime.jobs_end_with = 3

    with pytest.raises(JobFailed, match="the hook before_switch ended with status 3") as failed:
        health_check.work(host.upgrade(Phase.HEALTH_CHECK))

    assert failed.value.saw == "its output" and "Fix what the hook has found" in failed.value.advice


def test_a_rollback_runs_none(tmp_path: Path) -> None:
    host = hosted(tmp_path, SMOKE)
    release = Release(name="v1")
    context = host.deployment(Phase.HEALTH_CHECK, kind="rollback", to_color=Color.GREEN, release=release)
    host.run(Color.GREEN, context.deployment)

    health_check.work(context)

    assert host.runtime.log == []


def test_a_dump_is_taken_before_the_migrations_and_never_after_them(tmp_path: Path) -> None:
    """Whenever its worker is killed: a dump of what the migrations have changed would replace the good one."""
    numbers = iter(range(1000))
    make = lambda: migrating(tmp_path / str(next(numbers)))  # noqa: E731
    for when, host in kills(make, building, deploy_new_version.work):
        log = host.runtime.log
        assert "before_migrate-0 v2" in log and "migrate v2" in log, when
        after = log[log.index("migrate v2") :]
        assert "before_migrate-0 v2" not in after, when


def test_what_was_killed_before_a_switch_runs_its_hooks_at_least_once(tmp_path: Path) -> None:
    numbers = iter(range(1000))
    make = lambda: hosted(tmp_path / str(next(numbers)), SMOKE)  # noqa: E731
    for when, host in kills(make, partial(Host.upgrade, phase=Phase.HEALTH_CHECK), health_check.work):
        assert "before_switch-0 v2" in host.runtime.log and not host.runtime.ended, when


def test_a_program_of_this_host_that_is_not_there_is_refused_before_a_change(tmp_path: Path) -> None:
    host = hosted(tmp_path, {**SMOKE, "command": ["no-such-program"]})
    host.live()

    with pytest.raises(PhaseFailed, match="there is no program no-such-program"):
        determine_target.work(host.deployment(Phase.DETERMINE_TARGET, "v2", release=Release(name="v2")))


AFTER: dict[str, Any] = {"at": "after_switch", "command": ["smoke"]}


def switched(host: Host) -> PhaseContext:
    return host.switched(Phase.VERIFY_TRAFFIC)


def test_after_the_switch_hooks_run_beside_the_bake_which_lasts_until_they_have_ended(tmp_path: Path) -> None:
    host = hosted(tmp_path, AFTER, bake={"seconds": 0})
    probes: list[Color] = []
    is_watched = threading.Event()

    def answer(color: Color) -> Response:
        probes.append(color)
        if len(probes) == 3:
            is_watched.set()
        return WELL

    host.runtime.answer = answer
    host.runtime.during = lambda job: assert_(is_watched.wait(10))
    context = switched(host)

    verify_traffic.work(context)

    assert len(probes) >= 3 and host.written(context).passed_hooks == (HookPoint.AFTER_SWITCH,)
    assert not host.runtime.ended, "what knows of them is let go"


def test_a_bad_end_after_the_switch_ends_the_bake_at_once(tmp_path: Path) -> None:
    host = hosted(tmp_path, AFTER, bake={"seconds": 600})
    host.runtime.jobs_end_with = 3

    with pytest.raises(JobFailed, match="the hook after_switch ended with status 3") as failed:
        verify_traffic.work(switched(host))

    assert failed.value.advice.startswith("The old version takes the traffic back.")


def test_a_version_that_fails_while_a_hook_runs_ends_the_hook(tmp_path: Path) -> None:
    host = hosted(tmp_path, AFTER, bake={"seconds": 600})
    host.runtime.answer = lambda color: Response(500, "oh no", 0.0)
    cancelled = threading.Event()

    def run_job(*given: Any) -> str:
        *_, cancellation = given
        try:
            cancellation.pause(60)
        except AbortRequested:
            cancelled.set()
            raise
        return ""

    host.runtime.run_job = run_job  # type: ignore[method-assign]

    with pytest.raises(NotHealthy, match="green failed 3 times in a row"):
        verify_traffic.work(switched(host))

    assert cancelled.is_set()


def test_what_was_killed_after_a_switch_runs_its_hooks_at_least_once(tmp_path: Path) -> None:
    numbers = iter(range(1000))
    make = lambda: hosted(tmp_path / str(next(numbers)), AFTER, bake={"seconds": 0})  # noqa: E731
    for when, host in kills(make, switched, verify_traffic.work):
        assert "after_switch-0 v2" in host.runtime.log and not host.runtime.ended, when


def assert_(holds: bool) -> None:
    assert holds
