"""A deployment that waits for a promotion, from its first message to its last, on a host in memory."""

import pytest

from bluegreen.deployment.approval import Approval
from bluegreen.deployment.record import Deployment
from bluegreen.deployment.states import DEPLOY_PHASES, Phase, State
from bluegreen.store import keys
from tests.runtimes.in_memory import WELL
from tests.tasks.memory import Host
from tests.tasks.moments import Killed, hooked
from tests.workflows.test_whole_chain import AWAY, NEW, OLD, ended, expect_undone, host, killing, names, play
from workflows.deploy import deploy_chain

__all__ = ["host"]
pytestmark = pytest.mark.unit


def held(host: Host) -> Deployment:
    """Played until it waits."""
    made = host.store.create("web", "ann", ref="v2", approval=Approval(timeout=60))
    play(deploy_chain(made))
    waiting = host.store.get(made.id)
    assert waiting is not None and waiting.state is State.AWAITING_PROMOTION
    return waiting


def promoted(host: Host, deployment: Deployment) -> Deployment:
    after = host.store.promote(deployment.id, "ann")
    assert after is not None
    return after


def test_users_have_the_old_version_while_it_waits_and_the_new_one_then(host: Host) -> None:
    waiting = held(host)
    assert host.served() == OLD and host.store.holder("web") == waiting and not host.store.is_leased(waiting.id)

    play(deploy_chain(promoted(host, waiting)))

    done = ended(host, waiting)
    assert done.state is State.SUCCEEDED and host.served() == NEW and names(done) == DEPLOY_PHASES


def test_messages_from_before_the_wait_do_nothing_during_it_or_after(host: Host) -> None:
    made = host.store.create("web", "ann", ref="v2", approval=Approval(timeout=60))
    early = deploy_chain(made)
    play(early)
    waiting, log = host.store.get(made.id), list(host.runtime.log)

    play(early)
    (undo,) = early.options["link_error"]
    play(undo)

    assert host.store.get(made.id) == waiting and host.runtime.log == log
    after = promoted(host, made)
    play(early)
    assert host.store.get(made.id) == after and host.served() == OLD


def test_what_is_not_well_any_more_is_undone_before_any_user_meets_it(host: Host) -> None:
    waiting = held(host)
    host.runtime.answer = lambda color: AWAY if color is waiting.to_color else WELL

    play(deploy_chain(promoted(host, waiting)))

    undone = ended(host, waiting)
    assert undone.state is State.ROLLED_BACK and undone.error and undone.error.phase is Phase.HEALTH_CHECK
    expect_undone(host, undone)


def test_an_abort_undoes_it(host: Host) -> None:
    turned = host.store.request_abort(held(host).id, "bob")
    assert turned is not None

    play(deploy_chain(turned))

    undone = ended(host, turned)
    assert undone.state is State.ABORTED
    expect_undone(host, undone)


@pytest.mark.parametrize("point", ["before commit", "after commit", "before begin health_check", "before promote"])
@pytest.mark.parametrize("times", [1, 2])
def test_whoever_is_killed_around_it_has_a_successor(host: Host, point: str, times: int) -> None:
    made = host.store.create("web", "ann", ref="v2", approval=Approval(timeout=60))

    with hooked(killing(point, times)):
        for _ in range(30):
            written = host.store.get(made.id)
            assert written is not None
            if written.state.final:
                break
            try:
                if written.state is State.AWAITING_PROMOTION:
                    assert host.store.take_over(made.id) is None
                    promoted(host, written)
                else:
                    play(deploy_chain(written))
            except Killed:
                host.store.redis.delete(keys.lease(made.id))
                host.store.take_over(made.id)

    done = ended(host, made)
    assert done.state is State.SUCCEEDED and host.served() == NEW
    assert done.approval is not None and done.approval.promoted_by == "ann"
