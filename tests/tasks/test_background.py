"""When the background services of a release begin and end, phase by phase, and what a second worker does again."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from bluegreen.deployment.errors import NotHealthy, PhaseFailed, Superseded
from bluegreen.deployment.record import Release
from bluegreen.deployment.runtime import Instance
from bluegreen.deployment.states import Color, Phase
from tasks import background
from tasks.context import PhaseContext
from tasks.deploy.cleanup_old_version import cleanup_old_version
from tasks.deploy.deploy_new_version import deploy_new_version
from tasks.deploy.determine_target import determine_target
from tasks.deploy.health_check import health_check
from tasks.deploy.switch_traffic import switch_traffic
from tasks.deploy.verify_traffic import verify_traffic
from tasks.undo.remove_new_version import remove_new_version
from tasks.undo.restore_traffic import restore_traffic
from tests.cancellations import Stale
from tests.tasks.memory import Host
from tests.tasks.moments import aborts, killed, kills

pytestmark = pytest.mark.unit

BEFORE = {"blue-worker": "worker", "blue-beat": "beat"}
FIELDS = {"background": ("worker", "beat"), "retires_background": True}


def a_host(folder: Path, worker: dict[str, Any] | None = None, **more: Any) -> Host:
    """Blue is live, with a worker and a beat; of the new ones nothing runs."""
    compose = {"processes": None, "compose": {"files": ["docker-compose.yml"], "service": "web"}}
    background = {"worker": {"bake_seconds": 0, **(worker or {})}, "beat": {"overlap": False, "bake_seconds": 0}}
    host = Host(folder, **compose, background=background, bake={"seconds": 0}, **more)
    host.background.before, host.background.running = dict(BEFORE), set(BEFORE)
    for color in Color:
        host.runtime.colors[color] = Instance(True)
    host.serve(Color.BLUE)
    return host


def at(host: Host, phase: Phase, **noted: Any) -> PhaseContext:
    fields = {"from_color": Color.BLUE, "to_color": Color.GREEN, "release": Release(name="v2"), **FIELDS}
    return host.deployment(phase, **{**fields, **noted})


def test_nothing_is_asked_where_there_are_none(host: Host) -> None:
    host.site = replace(host.site, background=None)
    context = host.deployment(Phase.VERIFY_TRAFFIC, to_color=Color.GREEN)
    context.lease = None  # type: ignore[assignment]  # by which Redis is asked

    for act in (background.start_with_color, background.end_before_switch, background.check, background.revert):
        act(context)
    assert not background.renew(context) and not background.preflight(context, Color.GREEN)
    background.end_former(context)


def test_the_record_names_them_and_whether_there_were_any_before(tmp_path: Path) -> None:
    host = a_host(tmp_path)
    context = host.deployment(Phase.DETERMINE_TARGET, release=Release(name="v2"))

    determine_target.work(context)

    assert {name: getattr(context.deployment, name) for name in FIELDS} == FIELDS


def test_a_beat_ends_before_the_next_begins_and_a_worker_is_left_to_run_on(tmp_path: Path) -> None:
    host = a_host(tmp_path)
    context = at(host, Phase.VERIFY_TRAFFIC)

    assert verify_traffic.work(context).endswith("; with worker, beat it held for 0 s (1 probes)")

    assert host.background.log == ["end blue-beat", "start green worker, beat"]
    assert context.deployment.retired_background == ("blue-beat",)
    verify_traffic.work(host.again(context))
    assert host.background.log == ["end blue-beat", "start green worker, beat"]


def test_what_ran_under_a_name_that_is_not_known_any_more_may_have_been_a_beat(tmp_path: Path) -> None:
    host = a_host(tmp_path)
    host.background.before["blue-cron"] = None
    host.background.running.add("blue-cron")

    verify_traffic.work(at(host, Phase.VERIFY_TRAFFIC))

    assert host.background.log[0] == "end blue-beat, blue-cron"


@pytest.mark.parametrize(
    ("seen", "why"),
    [
        (Instance(False, described="container w (exited, code 3)"), "does not hold: container w (exited, code 3)"),
        (Instance(True, restarts=1, described="restarts: 1"), "does not hold: restarts: 1"),
        (Instance(True, healthy=False, is_watched=True, described="unhealthy"), "does not hold: unhealthy"),
        (Instance(True, is_watched=True, described="starting"), "did not get healthy in 0.2 s: starting"),
    ],
)
def test_one_that_does_not_hold_turns_the_deployment_back_with_its_log(
    tmp_path: Path, seen: Instance, why: str
) -> None:
    host = a_host(tmp_path, health={"attempts": 2, "interval": 0.1})
    host.background.starts_as = seen

    with pytest.raises(NotHealthy, match="background service worker ") as refused:
        verify_traffic.work(at(host, Phase.VERIFY_TRAFFIC))

    assert why in refused.value.what and "the last words of worker" in refused.value.saw
    assert "Background services from before work again" in refused.value.advice


def test_an_undo_ends_the_new_ones_first_and_has_the_old_ones_work_again_once(tmp_path: Path) -> None:
    host = a_host(tmp_path)
    host.background.running.remove("blue-beat")
    context = at(host, Phase.REMOVE_NEW_VERSION, started=True, retired_background=("blue-beat",))

    remove_new_version.work(context)

    assert host.background.log == ["remove green", "resume blue-beat"]
    assert host.background.running == set(BEFORE) and context.deployment.retired_background == ()
    remove_new_version.work(host.again(context))
    assert host.background.log.count("resume blue-beat") == 1


def test_a_worker_that_was_fenced_out_ends_and_resumes_nothing(tmp_path: Path) -> None:
    host = a_host(tmp_path)
    host.cancellation = Stale()
    undo = at(host, Phase.REMOVE_NEW_VERSION, started=True, retired_background=("blue-beat",))

    with pytest.raises(Superseded):
        remove_new_version.work(undo)

    assert host.background.log == [] and host.background.running == set(BEFORE)


def test_the_old_ones_end_with_the_old_version(tmp_path: Path) -> None:
    host = a_host(tmp_path)
    host.serve(Color.GREEN, "v2", generation=1)
    verified = at(host, Phase.VERIFY_TRAFFIC)
    verify_traffic.work(verified)

    context = host.next(verified)
    cleanup_old_version.work(context)

    assert host.background.log[2:] == ["end blue-worker"] and not host.background.running
    assert context.deployment.past_point_of_no_return
    assert context.deployment.retired_background == ("blue-beat",)  # there is no way back


def test_those_from_before_the_first_deployment_end_with_a_way_back(tmp_path: Path) -> None:
    host = a_host(tmp_path)
    host.serve(Color.GREEN, "v2", generation=1)
    verified = at(host, Phase.VERIFY_TRAFFIC, from_color=None)
    verify_traffic.work(verified)

    context = host.next(verified)
    cleanup_old_version.work(context)

    assert set(context.deployment.retired_background) == set(BEFORE) and not host.background.running


def test_with_the_colour_the_new_one_has_held_and_the_old_one_has_ended_before_the_switch(tmp_path: Path) -> None:
    host = a_host(tmp_path, {"start": "with_color"})
    host.serve(Color.BLUE, generation=0)
    context = at(host, Phase.DEPLOY_NEW_VERSION)
    for work in (deploy_new_version, health_check, switch_traffic):
        work.work(context)
        context = host.next(context)

    assert host.background.log == ["start green worker", "end blue-worker"]
    assert context.deployment.retired_background == ("blue-worker",)
    verify_traffic.work(context)
    assert host.background.log[2:] == ["end blue-beat", "start green beat"]


def test_one_with_the_colour_that_ends_before_the_switch_takes_no_old_one_with_it(tmp_path: Path) -> None:
    host = a_host(tmp_path, {"start": "with_color"})
    host.background.starts_as = Instance(False, described="gone")
    context = at(host, Phase.DEPLOY_NEW_VERSION)
    deploy_new_version.work(context)

    with pytest.raises(NotHealthy, match="background service worker does not hold"):
        health_check.work(host.next(context))

    assert host.background.running == set(BEFORE)


def test_a_service_that_the_config_file_has_got_since_is_not_of_this_release(tmp_path: Path) -> None:
    host = a_host(tmp_path)

    verify_traffic.work(at(host, Phase.VERIFY_TRAFFIC, background=("worker",)))

    assert host.background.log == ["start green worker"]


@pytest.mark.parametrize(
    ("phase", "work"),
    [(Phase.VERIFY_TRAFFIC, verify_traffic.work), (Phase.REMOVE_NEW_VERSION, remove_new_version.work)],
)
def test_by_a_record_that_is_older_than_what_serves_nothing_is_changed(
    tmp_path: Path, phase: Phase, work: Callable[[PhaseContext], str]
) -> None:
    """As a Redis may have it that came back from a backup."""
    host = a_host(tmp_path)
    host.serve(Color.GREEN, "v3", generation=7)

    with pytest.raises(PhaseFailed, match="background services are left as they are"):
        work(at(host, phase, started=True, retired_background=("blue-beat",)))

    assert host.background.log == []


def reverted(host: Host, context: PhaseContext) -> None:
    """The undo has come to its end."""
    restored = host.turn_back(context)
    restore_traffic.work(restored)
    logged = host.next(restored)
    remove_new_version.work(host.next(logged))


def verified(host: Host) -> PhaseContext:
    host.serve(Color.GREEN, "v2", generation=1)
    return at(host, Phase.VERIFY_TRAFFIC, started=True, switch_started=True)


def before_the_switch(host: Host) -> PhaseContext:
    host.serve(Color.BLUE, generation=0)
    return at(host, Phase.SWITCH_TRAFFIC, started=True)


def test_killed_at_any_point_there_is_one_beat_and_a_successor_goes_on(tmp_path: Path) -> None:
    for when, host in kills(partial(a_host, tmp_path), verified, verify_traffic.work):
        assert host.background.works("beat") == ["green beat"], when
        assert host.background.works("worker") == ["blue-worker", "green worker"], when


def test_killed_or_aborted_at_any_moment_those_from_before_work_again(tmp_path: Path) -> None:
    for moments in (killed, aborts):
        for when, host, context in moments(partial(a_host, tmp_path), verified, verify_traffic.work):
            reverted(host, host.again(context) if moments is killed else context)
            assert not host.background.instances and host.background.running == set(BEFORE), when


def test_the_same_where_the_old_worker_ends_before_the_switch(tmp_path: Path) -> None:
    made = partial(a_host, tmp_path, {"start": "with_color"})
    for when, host, context in killed(made, before_the_switch, switch_traffic.work):
        reverted(host, host.again(context))
        assert not host.background.instances and host.background.running == set(BEFORE), when


def test_an_undo_that_is_killed_at_any_point_comes_to_its_end(tmp_path: Path) -> None:
    def undo(host: Host) -> PhaseContext:
        host.background.running.remove("blue-beat")
        return at(host, Phase.REMOVE_NEW_VERSION, started=True, retired_background=("blue-beat",))

    for when, host in kills(partial(a_host, tmp_path), undo, remove_new_version.work):
        assert host.background.works("beat") == ["blue-beat"], when
