"""`abort` and `unlock` take effect at once, whatever the deployment is doing."""

import http.client
import threading
from contextlib import closing
from datetime import datetime
from urllib.parse import urlsplit

import pytest

from bluegreen.deployment.event import EventKind
from bluegreen.deployment.states import Phase, PhaseState, State
from bluegreen.store import events
from tests.chaos import slowgit
from tests.chaos.arena import Arena, Trial
from tests.chaos.disruption import let, thaw

pytestmark = [pytest.mark.real, pytest.mark.timeout(300)]

#: seconds from the request to the turn; two are promised, one is for a busy machine
AT_ONCE = 3.0


def abort(trial: Trial) -> None:
    """Ask, wait for the end, and check how soon it turned, and what is left."""
    assert trial.host.store.request_abort(trial.identity, "a test")
    deployment = trial.ended()
    told = f"{deployment}\n{trial.host.worker_log()}"
    assert deployment.state is State.ABORTED, told
    assert _seconds_to_turn(trial) < AT_ONCE, told
    trial.check(deployment)


def _seconds_to_turn(trial: Trial) -> float:
    asked, turned = _when(trial, EventKind.ABORT_REQUESTED), _when(trial, EventKind.ROLLING_BACK)
    return (turned - asked).total_seconds()


def _when(trial: Trial, kind: EventKind) -> datetime:
    stored = events.read(trial.host.redis, trial.identity)
    return next(each.time for each in stored if each.kind == kind)


def wait_for(trial: Trial, phase: Phase) -> None:
    trial.host.wait_until(lambda: trial.host.phase_state(trial.identity, phase) is PhaseState.RUNNING)


def test_abort_while_it_waits_for_a_worker(arena: Arena) -> None:
    worker = arena.host.workers[-1].process
    assert worker is not None
    arena.order_freeze("checkout: before begin checkout")
    trial = Trial(arena)
    arena.await_freeze()
    assert trial.host.deployment(trial.identity).state is State.QUEUED

    assert trial.host.store.request_abort(trial.identity, "a test")

    deployment = trial.host.deployment(trial.identity)
    assert (deployment.state, deployment.phases) == (State.ABORTED, ())
    thaw(worker)
    trial.host.wait_until(lambda: f"{trial.identity} (epoch 1) is dropped" in trial.host.worker_log())
    trial.check(deployment)


def test_abort_during_a_program_that_does_not_end(arena: Arena) -> None:
    slowgit.configure(arena).touch()
    trial = Trial(arena)
    arena.host.wait_until(lambda: bool(slowgit.hanging(arena)))

    abort(trial)

    assert slowgit.hanging(arena) == []


@pytest.mark.parametrize(
    "point",
    [
        "determine_target: after begin determine_target",
        "deploy_new_version: after note release",
        "switch_traffic: before note retired_by_switch switch_started",
        "switch_traffic: after replace file",
    ],
)
def test_abort_during_a_short_phase(arena: Arena, point: str) -> None:
    arena.order_freeze(point)
    trial = Trial(arena)
    worker = arena.await_freeze()
    threading.Timer(0.2, thaw, [worker]).start()

    abort(trial)


@pytest.mark.parametrize("word", ["waits", "hangs"])
def test_abort_during_a_long_health_check(arena: Arena, word: str) -> None:
    """Of many short answers, or of one that does not come."""
    arena.configure(attempts=100, interval=100)
    file = arena.host.folder / "bluegreen.toml"
    file.write_text(file.read_text().replace("timeout = 1\n", "timeout = 30\n"))
    trial = Trial(arena, word=word)
    wait_for(trial, Phase.HEALTH_CHECK)

    abort(trial)


def test_abort_during_a_long_bake(arena: Arena) -> None:
    arena.configure(bake=60)
    trial = Trial(arena)
    wait_for(trial, Phase.VERIFY_TRAFFIC)

    abort(trial)


def test_abort_during_a_long_drain(arena: Arena) -> None:
    answered: list[int] = []
    request = threading.Thread(target=lambda: answered.append(held(arena)))
    request.start()
    trial = Trial(arena)
    wait_for(trial, Phase.CLEANUP_OLD_VERSION)

    assert trial.host.store.request_abort(trial.identity, "a test")
    arena.host.wait_until(lambda: trial.host.deployment(trial.identity).state is State.ROLLING_BACK)
    let(arena, "let-go")
    request.join(30)

    assert answered == [200]
    assert _seconds_to_turn(trial) < AT_ONCE
    trial.check(trial.ended())


def test_a_rollback_while_the_old_version_is_still_there_aborts_what_replaces_it(arena: Arena) -> None:
    """Going on to the end, only to go back from there, would take users from the old version and back to it."""
    arena.configure(bake=60)
    trial = Trial(arena)
    wait_for(trial, Phase.VERIFY_TRAFFIC)
    # nginx's old workers answer for up to 100 ms after a reload
    arena.host.wait_until(lambda: arena.host.answer()["version"] == trial.ref)

    ended = arena.host.bluegreen("rollback", "hello")

    assert ended.returncode == 0, ended.stdout + ended.stderr
    deployment = trial.ended()
    assert deployment.state is State.ABORTED
    trial.check(deployment)
    assert [each.id for each in arena.host.store.history("hello")][-1] == trial.identity, (
        "no deployment of its own"
    )


def test_a_rollback_before_the_switch_is_refused(arena: Arena) -> None:
    """It would be the rollback of what is live: not what whoever asks has seen."""
    arena.configure(attempts=100)
    assert Trial(arena).ended().state is State.SUCCEEDED, "there is a release to go back to"
    trial = Trial(arena, word="waits")
    wait_for(trial, Phase.HEALTH_CHECK)

    assert arena.host.bluegreen("rollback", "hello").returncode == 3

    let(arena, "well")
    assert trial.ended().state is State.SUCCEEDED


def held(arena: Arena) -> int:
    connection = http.client.HTTPConnection(urlsplit(arena.host.url).netloc, timeout=60)
    with closing(connection):
        connection.request("GET", "/held")
        return connection.getresponse().status


@pytest.mark.parametrize("point", ["", "switch_traffic: after note retired_by_switch switch_started"])
def test_unlock_fences_a_running_deployment(arena: Arena, point: str) -> None:
    """Nothing that its worker still does counts, and the next deployment goes its way."""
    arena.configure(attempts=100)
    if point:
        arena.order_freeze(point)
    trial = Trial(arena, word="" if point else "waits")
    worker = arena.await_freeze() if point else None
    if not point:
        wait_for(trial, Phase.HEALTH_CHECK)

    if worker:  # a worker that is frozen takes no request, and there is no other
        assert trial.host.store.unlock(trial.identity, "a test")
    else:
        assert trial.host.bluegreen("unlock", "hello", "--yes").returncode == 0

    file = (arena.host.folder / "conf.d" / "app.inc").read_text()
    unlocked, told = trial.host.deployment(trial.identity), _told(trial)
    assert unlocked.state is State.FAILED and trial.host.store.holder("hello") is None
    let(arena, "well")
    if worker:
        thaw(worker)
    arena.host.wait_until(
        lambda: f"{trial.identity}: " in arena.host.worker_log()
    )  # "belongs to another worker now"
    assert (arena.host.folder / "conf.d" / "app.inc").read_text() == file
    following = Trial(arena)
    assert following.end("after unlock", 0).state is State.SUCCEEDED
    assert (trial.host.deployment(trial.identity), _told(trial)) == (unlocked, told), "its worker went on writing"
    assert trial.ref not in arena.load.versions()


def _told(trial: Trial) -> list[events.StoredEvent]:
    return list(events.read(trial.host.redis, trial.identity))
