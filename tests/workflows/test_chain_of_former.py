"""Rollbacks by name, and the live release once more, from first message to last: killed at each point."""

import itertools
from collections.abc import Callable

import pytest

from bluegreen.deployment.record import Deployment
from bluegreen.deployment.states import Color, State
from bluegreen.http import Response
from tests.tasks.memory import Host
from tests.tasks.moments import Killed, hooked
from tests.workflows.test_whole_chain import WELL, drive, ended, host, play
from workflows.deploy import deploy_chain

__all__ = ["host"]

pytestmark = pytest.mark.unit

Begin = Callable[[Host], Deployment]


def to_the_oldest(host: Host) -> Deployment:
    """A rollback to a release that stands on no colour."""
    standing = {each.release for each in host.runtime.colors.values()}
    wanted = min(set(host.runtime.built) - standing)
    return host.store.create("web", "ann", kind="rollback", wanted_release=wanted)


def once_more(host: Host) -> Deployment:
    return host.store.create("web", "ann", kind="redeploy")


@pytest.fixture
def three(host: Host) -> Host:
    """v3 is live on blue, v2 stopped on green, and v1 kept."""
    for ref in ("v2", "v3"):
        deployment = host.store.create("web", "ann", ref=ref)
        play(deploy_chain(deployment))
        assert ended(host, deployment).state is State.SUCCEEDED
    return host


def killing(number: int) -> Callable[[str], None]:
    """At the point of that number, once."""
    passed = itertools.count()

    def hook(point: str) -> None:
        if next(passed) == number:
            raise Killed(point)

    return hook


@pytest.mark.parametrize(("begin", "release"), [(to_the_oldest, "v1"), (once_more, "v3")])
def test_it_ends_like_any_deployment_and_builds_nothing(three: Host, begin: Begin, release: str) -> None:
    images, log = dict(three.runtime.built), len(three.runtime.log)

    done = drive(three, begin(three))

    assert done.state is State.SUCCEEDED and done.release == images[release]
    assert three.served() == {(Color.GREEN, release)} and not three.runtime.look(Color.BLUE).running
    assert three.runtime.built == images, "none is built, none is let go of"
    assert not [each for each in three.runtime.log[log:] if "migrate" in each]


@pytest.mark.parametrize("begin", [to_the_oldest, once_more])
def test_a_worker_that_is_killed_at_any_point_has_a_successor(three: Host, begin: Begin) -> None:
    points: list[str] = []
    with hooked(points.append):
        drive(three, begin(three))
    assert len(points) > 40

    for number in range(len(points)):
        live, wanted = next(iter(three.served())), begin(three)
        with hooked(killing(number)):
            done = drive(three, wanted)
        assert done.state is State.SUCCEEDED, f"{points[number]}: {done}"
        assert done.release is not None and live[0] is not None
        assert three.served() == {(live[0].other, done.release.name)}, points[number]


def test_one_that_is_not_well_leaves_the_live_one_and_what_can_be_gone_back_to(three: Host) -> None:
    three.runtime.answer = lambda color: Response(503, "away", 0.0) if color is Color.GREEN else WELL

    for begin in (to_the_oldest, once_more):
        undone = drive(three, begin(three))
        assert undone.state is State.ROLLED_BACK
        assert three.served() == {(Color.BLUE, "v3")} and three.runtime.look(Color.BLUE).running
        assert {"v1", "v2", "v3"} == set(three.runtime.built)
