"""Nothing is taken from users: what serves is looked at just before it could be stopped."""

import threading

import pytest

from bluegreen.deployment.proxy import Marker
from bluegreen.deployment.states import Color, Phase, State
from bluegreen.store import events, keys
from cli.output.sentences import sentence
from nginx.file.marker import parse
from tests.chaos.arena import FICKLE, Arena, Trial
from tests.chaos.disruption import let
from tests.e2e.test_abort import held, wait_for

pytestmark = [pytest.mark.real, pytest.mark.timeout(300)]


def told(trial: Trial) -> str:
    return "\n".join(sentence(each) for each in events.read(trial.host.redis, trial.identity))


def file_of(arena: Arena) -> Marker:
    content = parse((arena.host.folder / "conf.d" / "app.inc").read_text())
    assert content is not None
    return content


def test_a_worker_killed_in_a_rollback_of_an_nginx_that_cannot_be_asked(arena: Arena) -> None:
    """Its successor must not take the workers of the new version's reload for those from before."""
    arena.configure(status=0)

    ending = arena.kill_at("restore_traffic: before reload", FICKLE)

    assert ending.state is State.ROLLED_BACK


def test_an_old_version_that_has_died_is_started_before_users_are_sent_back_to_it(arena: Arena) -> None:
    arena.configure(bake=60)
    trial = Trial(arena)
    wait_for(trial, Phase.VERIFY_TRAFFIC)
    arena.loses_requests = True
    arena.host.kill_color(Color(trial.before["color"]))

    assert trial.host.store.request_abort(trial.identity, "a test")

    deployment = trial.ended()
    assert deployment.state is State.ABORTED
    assert "does not run any more: it is started again" in told(trial)
    trial.check(deployment)


def test_a_new_version_that_dies_during_the_drain_does_not_cost_the_old_one(arena: Arena) -> None:
    answered: list[int] = []
    request = threading.Thread(target=lambda: answered.append(held(arena)))
    request.start()
    trial = Trial(arena)
    wait_for(trial, Phase.CLEANUP_OLD_VERSION)
    arena.loses_requests = True
    arena.host.kill_color(Color(trial.before["color"]).other)

    let(arena, "let-go")

    request.join(30)
    deployment = trial.ended()
    assert answered == [200]
    assert deployment.state is State.ROLLED_BACK
    assert deployment.error is not None and "has stopped answering" in deployment.error.what
    trial.check(deployment)


def test_requests_that_an_unlocked_deployment_left_are_answered_before_their_colour_changes(arena: Arena) -> None:
    answered: list[int] = []
    request = threading.Thread(target=lambda: answered.append(held(arena)))
    request.start()
    wait_for(Trial(arena), Phase.CLEANUP_OLD_VERSION)
    assert arena.host.bluegreen("unlock", "hello", "--yes").returncode == 0

    following = Trial(arena)
    arena.host.wait_until(lambda: "waits for them" in told(following))
    let(arena, "let-go")

    request.join(30)
    assert answered == [200]
    assert following.ended().state is State.SUCCEEDED


def test_a_file_that_nginx_never_took_up_is_put_right_before_its_colour_is_changed(arena: Arena) -> None:
    arena.order_freeze("switch_traffic: before reload")
    left = Trial(arena)
    arena.await_freeze()
    assert arena.host.store.unlock(left.identity, "a test"), "its worker is frozen, and takes no request"
    arena.host.kill_worker()
    arena.start_worker()
    assert file_of(arena).color != left.before["color"], "the file is ahead of nginx"

    arena.order_freeze("deploy_new_version: before note started")
    following = Trial(arena)
    arena.await_freeze()

    assert file_of(arena).color == left.before["color"]
    arena.host.kill_worker()
    arena.start_worker()
    deployment = following.ended()
    assert deployment.state is State.SUCCEEDED and "the file is put right" in told(following)
    following.check(deployment)


@pytest.mark.parametrize(
    "point", [pytest.param("before pass return", marks=pytest.mark.long), "after pass return"]
)
def test_a_redis_that_is_back_with_an_older_state_does_not_stop_what_is_live(arena: Arena, point: str) -> None:
    """Say from a backup: a deployment that ended long ago is in its cleanup again."""
    arena.order_freeze(f"cleanup_old_version: {point}")
    first = Trial(arena)
    arena.await_freeze()
    older = arena.host.redis.get(keys.deployment(first.identity))
    arena.host.kill_worker()
    arena.start_worker()
    assert first.ended().state is State.SUCCEEDED
    second = Trial(arena)
    assert second.ended().state is State.SUCCEEDED
    live = arena.host.answer()
    assert live["color"] == first.before["color"], "what the first one is about to stop"

    arena.host.redis.set(keys.deployment(first.identity), older)
    arena.host.redis.hset(keys.service(arena.host.store.installation, "hello"), "holder", first.identity)

    ended = first.ended()
    assert ended.state.final
    if "after" in point:
        assert ended.state is State.FAILED and ended.error is not None and "is kept, because" in ended.error.what
        assert ended.last_look is not None and ended.last_look.serves is False
        assert f"serves {live['color']} {live['version']}" in ended.last_look.what
        explained = arena.host.bluegreen("explain", first.identity).stdout
        assert ended.last_look.what in explained and "A person is needed" in explained
    assert arena.host.answer() == live and arena.host.is_running(Color(live["color"]))
