"""A deployment from its first message to its last: the real canvas and tasks, on a host in memory, one by one."""

import itertools
from collections.abc import Callable
from functools import partial
from pathlib import Path
from types import SimpleNamespace

import pytest
from celery import Signature

from bluegreen.deployment.record import Deployment
from bluegreen.deployment.states import DEPLOY_PHASES, UNDO_PHASES, Color, Phase, PhaseState, State
from bluegreen.deployment.transitions import MAX_TAKEOVERS
from bluegreen.http import Response
from bluegreen.store import keys
from tasks import context, heartbeat, leftovers, phase
from tasks.app import app
from tests.runtimes.in_memory import WELL
from tests.tasks.memory import TWO_PROXIES, Host, in_no_time
from tests.tasks.moments import Killed, hooked
from workflows.deploy import deploy_chain

pytestmark = pytest.mark.unit

AWAY = Response(503, "away", 0.0)
OLD, NEW = {(Color.BLUE, "v1")}, {(Color.GREEN, "v2")}


class Quiet(heartbeat.Heartbeat):
    """It beats when it is asked: no thread outlives the test, and nothing waits."""

    def __enter__(self) -> "Quiet":
        return self

    def pause(self, seconds: float) -> None:
        self.check()


@pytest.fixture
def host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Host:
    """Two proxies, and v1 on blue; its worker is this process."""
    health = {"interval": 1, "attempts": 2}
    host = Host(tmp_path, proxies=TWO_PROXIES, health=health, bake={"seconds": 0})
    known = SimpleNamespace(serves=lambda name: name == "web", site=lambda name, opener: host.site)
    app.loader.import_default_modules()
    in_no_time(monkeypatch)
    # by its clock each look takes a twentieth of a second, however slow the machine is
    looks = itertools.count()
    monkeypatch.setattr("tasks.deploy.health_check.monotonic", lambda: next(looks) / 20)
    monkeypatch.setitem(app.__dict__, "store", host.store)
    monkeypatch.setitem(app.__dict__, "services", known)
    monkeypatch.setattr(phase, "Heartbeat", Quiet)
    monkeypatch.setattr(phase, "PhaseContext", partial(context.PhaseContext, request=host.runtime.request))
    monkeypatch.setattr(leftovers.programs, "end_leftovers", lambda owner: None)
    host.live()
    return host


def begun(host: Host) -> Deployment:
    return host.store.create("web", "ann", ref="v2")


def play(canvas: Signature) -> None:
    """As workers do: each message when the one before has been worked well, and the error callback otherwise."""
    for message in canvas.tasks:
        result = app.tasks[message.task].apply(message.args, task_id=message.options["task_id"])
        if result.failed():
            for undo in canvas.options.get("link_error", ()):
                play(undo)
        if not result.successful():
            return


def ended(host: Host, deployment: Deployment) -> Deployment:
    written = host.store.get(deployment.id)
    assert written is not None and written.state.final, written
    assert not host.store.holders(["web"])
    return written


def names(deployment: Deployment) -> tuple[Phase, ...]:
    return tuple(each.name for each in deployment.phases)


def expect_undone(host: Host, deployment: Deployment) -> None:
    """Users get what they got before, and nothing is left of the new version."""
    assert host.served() == OLD
    assert set(host.runtime.colors) == {Color.BLUE} and host.runtime.look(Color.BLUE).running
    assert deployment.last_look and deployment.last_look.serves
    assert host.store.live("web") != deployment


def test_a_deployment_succeeds_and_the_next_goes_back_to_the_first_colour(host: Host) -> None:
    deployment = begun(host)

    play(deploy_chain(deployment))

    done = ended(host, deployment)
    assert done.state is State.SUCCEEDED and names(done) == DEPLOY_PHASES
    assert {each.state for each in done.phases} == {PhaseState.DONE}
    assert host.served() == NEW and not host.runtime.look(Color.BLUE).running
    assert done.last_look and done.last_look.serves and host.store.live("web") == done

    again = host.store.create("web", "ann", ref="v3")
    play(deploy_chain(again))
    assert ended(host, again).state is State.SUCCEEDED and host.served() == {(Color.BLUE, "v3")}


def test_a_rollback_goes_to_the_release_before(host: Host) -> None:
    play(deploy_chain(begun(host)))

    rollback = host.store.create("web", "ann", kind="rollback")
    play(deploy_chain(rollback))

    assert ended(host, rollback).state is State.SUCCEEDED and host.served() == OLD


def test_a_version_that_never_gets_healthy_is_undone_before_any_user_meets_it(host: Host) -> None:
    host.runtime.answer = lambda color: AWAY if color is Color.GREEN else WELL
    deployment = begun(host)
    served = []
    reload = partial(served.append, None)

    with hooked(lambda point: reload() if point == "before reload" else None):
        play(deploy_chain(deployment))

    undone = ended(host, deployment)
    assert undone.state is State.ROLLED_BACK and served == [], "no proxy was told anything"
    assert undone.error and undone.error.phase is Phase.HEALTH_CHECK and "did not get healthy" in undone.error.what
    assert names(undone) == (*DEPLOY_PHASES[:4], *UNDO_PHASES)
    health_check = undone.phase_record(Phase.HEALTH_CHECK)
    assert health_check and health_check.attempts == 2 and health_check.state is PhaseState.FAILED
    expect_undone(host, undone)


def test_a_version_that_fails_under_real_requests_is_turned_back(host: Host) -> None:
    host.runtime.answer = lambda color: AWAY if color is Color.GREEN and host.served() == NEW else WELL
    deployment = begun(host)

    play(deploy_chain(deployment))

    undone = ended(host, deployment)
    assert undone.state is State.ROLLED_BACK
    assert undone.error and undone.error.phase is Phase.VERIFY_TRAFFIC and "in a row" in undone.error.what
    expect_undone(host, undone)


@pytest.mark.parametrize("during", DEPLOY_PHASES)
def test_an_abort_in_any_phase_undoes_what_was_done(host: Host, during: Phase) -> None:
    deployment = begun(host)

    def hook(point: str) -> None:
        if point == f"after begin {during}":
            assert host.store.request_abort(deployment.id, "bob")

    with hooked(hook):
        play(deploy_chain(deployment))

    undone = ended(host, deployment)
    assert undone.state is State.ABORTED and undone.error and undone.error.what == "aborted by bob"
    assert undone.error.advice == ""
    expect_undone(host, undone)


def test_a_rollback_that_cannot_give_users_the_old_version_ends_as_failed(host: Host) -> None:
    host.runtime.answer = lambda color: AWAY if host.served() == NEW else WELL
    deployment = begun(host)

    def hook(point: str) -> None:
        if point == f"after begin {Phase.RESTORE_TRAFFIC}":
            host.proxies.is_refused = True

    with hooked(hook):
        play(deploy_chain(deployment))

    failed = ended(host, deployment)
    assert failed.state is State.FAILED and failed.last_look and failed.last_look.serves is False
    assert host.served() == NEW and Color.GREEN in host.runtime.colors, "what serves stays"


def test_a_defect_of_ours_is_undone_too_and_called_so(host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    def build(*_: object) -> None:
        raise KeyError("x")

    monkeypatch.setattr(host.runtime, "build", build)
    deployment = begun(host)

    play(deploy_chain(deployment))

    undone = ended(host, deployment)
    assert undone.error and undone.error.what == "KeyError: 'x'" and "defect of bluegreen" in undone.error.advice
    expect_undone(host, undone)


def test_messages_that_come_twice_or_too_late_do_nothing(host: Host) -> None:
    deployment = begun(host)
    canvas = deploy_chain(deployment)
    play(canvas)
    was, log = ended(host, deployment), list(host.runtime.log)

    play(canvas)
    (undo,) = canvas.options["link_error"]
    play(undo)

    assert ended(host, deployment) == was and host.runtime.log == log


def test_a_message_of_a_service_that_is_not_in_the_config_is_left_to_others(
    host: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(app.services, "serves", lambda name: False)
    deployment = begun(host)

    play(deploy_chain(deployment))

    assert host.store.get(deployment.id) == deployment


def killing(point: str, times: int) -> Callable[[str], None]:
    left = itertools.count(1)

    def hook(here: str) -> None:
        if here == point and next(left) <= times:
            raise Killed(point)

    return hook


def drive(host: Host, deployment: Deployment) -> Deployment:
    """As workers and their sweep do, until it is over: who was killed is taken over from."""
    for _ in range(30):
        written = host.store.get(deployment.id)
        assert written is not None
        if written.state.final:
            return ended(host, deployment)
        try:
            play(deploy_chain(written))
        except Killed:
            host.store.redis.delete(keys.lease(deployment.id))
            host.store.take_over(deployment.id)
    raise AssertionError("it does not come to an end")


@pytest.mark.parametrize("point", ["before start green v2", "after reload", "before commit", "after stop blue"])
def test_a_worker_that_is_killed_has_a_successor(host: Host, point: str) -> None:
    deployment = begun(host)

    with hooked(killing(point, 2)):
        done = drive(host, deployment)

    assert done.state is State.SUCCEEDED and host.served() == NEW


def test_a_phase_that_kills_every_worker_is_given_up_and_undone(host: Host) -> None:
    deployment = begun(host)

    with hooked(killing("before start green v2", 100)):
        undone = drive(host, deployment)

    assert undone.state is State.ROLLED_BACK
    assert undone.error and undone.error.what == f"workers died in deploy_new_version {MAX_TAKEOVERS + 1} times"
    expect_undone(host, undone)
