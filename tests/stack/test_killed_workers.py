"""Colours in containers: the worker is killed or frozen around what it has Compose do, and the site is well."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from bluegreen.deployment.states import State
from cli.demo.servers import Server
from tests.stack.site import Site

pytestmark = [pytest.mark.docker, pytest.mark.timeout(180)]


class Ordered:
    """A site whose worker dies, or stops, where a test says so."""

    def __init__(self, site: Site, folder: Path) -> None:
        self.site = site
        self.folder = folder
        self.begun: list[Server] = []

    def start_worker(self) -> Server:
        """One more; the one before may lie dead or frozen."""
        worker = self.site.make_worker("tests.chaos.worker", str(self.folder))
        self.begun.append(worker)
        self.site.start_worker(worker)
        return worker

    def order(self, what: str, point: str) -> None:
        """`kill` or `freeze` the worker that next reaches the point."""
        (self.folder / f"{what}-at").write_text(point)

    def end(self, identity: str) -> None:
        """Wait for the end; it is the new version that serves, alone, and nothing is left of migrations."""
        site = self.site
        site.wait_until(lambda: site.is_final(identity), 90)
        deployment = site.store.get(identity)
        assert deployment is not None and deployment.state is State.SUCCEEDED, f"{deployment}\n{site.worker_log()}"
        assert deployment.to_color and deployment.release
        assert site.live() == (deployment.to_color, deployment.release.name)
        assert site.color(deployment.to_color.other).status == "exited"
        names = [each.name or "" for each in site.engine.containers.list(all=True, ignore_removed=True)]
        assert not [name for name in names if name.startswith(site.name) and "migrate" in name]


@pytest.fixture
def ordered(site: Site, tmp_path: Path) -> Iterator[Ordered]:
    """Afterwards the site has an ordinary worker again."""
    site.worker.stop()
    ordered = Ordered(site, tmp_path)
    ordered.start_worker()
    try:
        yield ordered
    finally:
        for worker in ordered.begun:
            worker.kill()
        site.start_worker(site.make_worker("bluegreen", "worker"))


@pytest.mark.parametrize(
    "point",
    [
        pytest.param("deploy_new_version: before compose build", marks=pytest.mark.long),
        pytest.param("deploy_new_version: before note images", marks=pytest.mark.long),
        pytest.param("deploy_new_version: after note images", marks=pytest.mark.long),
        pytest.param("deploy_new_version: before compose run", marks=pytest.mark.long),
        pytest.param("deploy_new_version: after compose run", marks=pytest.mark.long),
        pytest.param("deploy_new_version: before compose up", marks=pytest.mark.long),
        pytest.param("deploy_new_version: after compose up", marks=pytest.mark.long),
        pytest.param("switch_traffic: after replace file", marks=pytest.mark.long),
        pytest.param("cleanup_old_version: before compose stop", marks=pytest.mark.long),
        pytest.param("cleanup_old_version: after compose stop", marks=pytest.mark.long),
    ],
)
def test_killed(ordered: Ordered, point: str) -> None:
    site = ordered.site
    ordered.order("kill", point)
    with site.load(site.outer) as load:
        identity = site.begin("killed")
        assert site.worker.process is not None
        assert site.worker.process.wait(60) == -signal.SIGKILL, site.worker_log()
        ordered.start_worker()
        ordered.end(identity)

    assert load.dropped() == []


def test_killed_in_the_middle_of_an_up_which_does_not_run_on_beside_the_next(ordered: Ordered) -> None:
    site = ordered.site
    with site.load(site.outer) as load:
        identity = site.begin("middle")
        left: list[psutil.Process] = []

        def is_held() -> bool:
            left[:] = site.compose_calls("up")
            for process in left:
                process.suspend()  # it would be through in a moment
            return bool(left)

        site.wait_until(is_held)
        assert site.worker.process is not None
        site.worker.process.kill()
        ordered.start_worker()
        ordered.end(identity)

    assert left and not any(process.is_running() for process in left)
    assert load.dropped() == []


@pytest.mark.parametrize(
    "point",
    [
        pytest.param("deploy_new_version: before compose up", marks=pytest.mark.long),
        pytest.param("cleanup_old_version: before compose stop", marks=pytest.mark.long),
    ],
)
def test_frozen_with_the_lock_of_a_compose_call_in_hand(ordered: Ordered, point: str) -> None:
    """Its successor ends it: that it wakes up and does it after all cannot be."""
    site = ordered.site
    ordered.order("freeze", point)
    identity = site.begin("frozen")
    frozen = site.worker.process
    assert frozen is not None
    site.wait_until(lambda: psutil.Process(frozen.pid).status() == psutil.STATUS_STOPPED)
    ordered.start_worker()

    ordered.end(identity)

    assert frozen.wait(10) == -signal.SIGKILL


@pytest.mark.long
def test_frozen_between_two_compose_calls_and_woken_up_later(ordered: Ordered) -> None:
    site = ordered.site
    ordered.order("freeze", "deploy_new_version: before note started")
    identity = site.begin("woken")
    frozen = site.worker.process
    assert frozen is not None
    site.wait_until(lambda: psutil.Process(frozen.pid).status() == psutil.STATUS_STOPPED)
    ordered.start_worker()
    ordered.end(identity)
    started = site.color(site.live()[0]).attrs["State"]["StartedAt"]

    def announced() -> list[str]:
        return [each for each in site.store.redis.hkeys("bluegreen:hosts") if str(frozen.pid) in each]

    # It has woken up for sure once it announces itself again; what it said before, others may have removed.
    for name in announced():
        site.store.redis.hdel("bluegreen:hosts", name)
    os.kill(frozen.pid, signal.SIGCONT)
    site.wait_until(lambda: bool(announced()))

    ordered.end(identity)
    assert site.color(site.live()[0]).attrs["State"]["StartedAt"] == started
