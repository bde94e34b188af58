"""The deploy worker is killed around each effect on background services: no job is lost, and there is one beat."""

import signal
from pathlib import Path

import pytest

from bluegreen.deployment.record import Deployment
from bluegreen.deployment.states import State
from tests.background.shop import Shop, Steady, overlaps
from tests.compose.app import eventually

pytestmark = [pytest.mark.docker, pytest.mark.timeout(1500)]

#: on the way of a release that is well
FORWARD = [
    "verify_traffic: before note retired_background",
    "verify_traffic: after note retired_background",
    "verify_traffic: before compose end background",
    "verify_traffic: after compose end background",
    "verify_traffic: before compose up background",
    "verify_traffic: after compose up background",
    "cleanup_old_version: before compose end background",
    "cleanup_old_version: after compose end background",
]
#: and of one whose worker exits
BACK = [
    "remove_new_version: before compose down background",
    "remove_new_version: after compose down background",
    "remove_new_version: before compose resume background",
    "remove_new_version: after compose resume background",
    "remove_new_version: before note retired_background",
    "remove_new_version: after note retired_background",
]
WITH_COLOR = [
    "deploy_new_version: before compose up background",
    "deploy_new_version: after compose up background",
    "switch_traffic: before note retired_background",
    "switch_traffic: before compose end background",
    "switch_traffic: after compose end background",
]


class Killed:
    """A shop whose bluegreen worker dies where the test says so."""

    def __init__(self, shop: Shop, folder: Path) -> None:
        self.shop, self.folder = shop, folder
        folder.mkdir()
        shop.module = ("tests.chaos.worker", str(folder))
        shop.up()
        shop.start_worker()

    def deploy_killed_at(self, point: str, version: str) -> Deployment:
        """The record at the deployment's end; another worker has brought it there."""
        shop = self.shop
        (self.folder / "kill-at").write_text(point)
        (shop.folder / "version").write_text(version)
        asked = shop.bluegreen("deploy", shop.name, "--ref", version, "--detach")
        assert asked.returncode == 0, asked.stderr
        identity = asked.stdout.strip()
        worker = shop.workers[-1].process
        assert worker is not None
        eventually(lambda: worker.poll() is not None or shop.is_final(identity), 240)
        assert worker.poll() == -signal.SIGKILL, f"{point}: {shop.deployments.get(identity)}\n{shop.worker_log()}"
        shop.workers.pop()
        shop.start_worker()
        eventually(lambda: shop.is_final(identity), 240)
        deployment = shop.deployments.get(identity)
        assert deployment is not None
        return deployment


def check_live(shop: Shop, deployment: Deployment, live: str) -> None:
    """One beat runs, and one worker: those of the live colour, or what people have started."""
    told = f"{deployment}\n{shop.worker_log()}"
    assert [shop.names_of(each) for each in ("beat", "worker")] == [[f"{live}-beat-1"], [f"{live}-worker-1"]], told
    before = len(shop.ticks())
    eventually(lambda: len(shop.ticks()) > before + 1, 60)


def run_all(shop: Shop, folder: Path, good: list[str], bad: list[str]) -> None:
    """A deployment for each point, the bad ones first: that people's own come back is tried, too."""
    killed = Killed(shop, folder / "kills")
    live, versions = shop.name, {"one"}
    with shop.watched() as lives, Steady(shop, 0, pause=0.3), shop.load(20) as load:
        for number, point in enumerate([*bad[:2], *good, *bad]):
            version = f"v{number}{'-crash' if point in bad else ''}"
            deployment = killed.deploy_killed_at(point, version)
            expected = State.ROLLED_BACK if point in bad else State.SUCCEEDED
            assert deployment.state is expected, f"{point}: {deployment}\n{shop.worker_log()}"
            if point not in bad:
                versions.add(version)
                live = f"{shop.name}-{deployment.to_color}-background"
            check_live(shop, deployment, live)
    shop.wait_for_all()

    assert not load.dropped() and not overlaps(lives, "beat")
    assert {each["version"] for each in shop.ran()} <= versions


def test_a_few_kills(shop: Shop, tmp_path: Path) -> None:
    run_all(
        shop,
        tmp_path,
        ["verify_traffic: after compose end background"],
        ["remove_new_version: before compose resume background"],
    )


@pytest.mark.long
def test_a_kill_at_every_point(shop: Shop, tmp_path: Path) -> None:
    run_all(shop, tmp_path, FORWARD, BACK)


@pytest.mark.long
def test_a_kill_at_every_point_with_the_colour(shop: Shop, tmp_path: Path) -> None:
    shop.tables = shop.tables.replace("bake_seconds = 0.5", 'bake_seconds = 0.5\nstart = "with_color"')
    shop.configure(shop.redis_url)

    run_all(shop, tmp_path, [*WITH_COLOR, *FORWARD[2:6]], [])
