"""A proxy file that somebody has changed since a deployment: `git reset --hard`, Ansible, a backup, a hand."""

import shutil
from collections.abc import Callable

import pytest

from bluegreen.deployment.states import Color
from nginx.file.marker import parse
from tests.e2e.damage import DAMAGES, cleaned, either_way, file_of, reset, restored
from tests.e2e.host import Host

pytestmark = pytest.mark.real


@pytest.mark.parametrize(
    ("v2_live", "damage"), either_way(DAMAGES, some=[(True, restored), (False, cleaned)]), indirect=["v2_live"]
)
def test_it_is_never_taken_for_nobody_s(v2_live: Host, damage: Callable[[Host], None]) -> None:
    damage(v2_live)

    status, deployment = v2_live.deploy("broken")

    assert (status, deployment.from_color) == (1, Color.GREEN), deployment
    assert v2_live.answer() == {"color": "green", "version": "v2"}
    content = parse(file_of(v2_live).read_text())
    assert content is not None and content.color is Color.GREEN
    v2_live.nginx.stop()
    v2_live.start_nginx()
    assert v2_live.answer() == {"color": "green", "version": "v2"}, "after a restart of nginx"


def test_the_next_deployment_goes_to_the_other_colour_without_an_error_for_users(v2_live: Host) -> None:
    with v2_live.load() as load:
        cleaned(v2_live)
        status, deployment = v2_live.deploy("v3")
        load.wait_for_version("v3")

    assert (status, deployment.from_color, deployment.from_release and deployment.from_release.name) == (
        0,
        Color.GREEN,
        "v2",
    )
    assert load.dropped() == [] and load.versions() == ["v2", "v3"]
    assert not v2_live.is_running(Color.GREEN)


def test_a_rollback_after_the_switch_does_not_write_the_damage_back(v2_live: Host) -> None:
    reset(v2_live)
    v2_live.configure(
        bake=0.3, status=v2_live.ports["status"] if "listen" in (v2_live.folder / "of-v1").read_text() else 0
    )

    status, _ = v2_live.deploy("fickle")

    assert status == 1
    assert v2_live.answer() == {"color": "green", "version": "v2"}
    assert "127.0.0.1:1 " not in file_of(v2_live).read_text()


def test_either_of_redis_and_the_state_folder_may_be_lost_as_well(v2_live: Host) -> None:
    v2_live.redis.flushdb()
    v2_live.wait_until(lambda: v2_live.redis.exists("bluegreen:hosts") == 1)
    reset(v2_live)
    status, deployment = v2_live.deploy("v3")
    assert (status, deployment.from_color) == (0, Color.GREEN), deployment

    shutil.rmtree(v2_live.state_of() / "proxies")
    reset(v2_live)
    status, deployment = v2_live.deploy("v4")
    assert (status, deployment.from_color) == (0, Color.BLUE), deployment
    assert v2_live.answer() == {"color": "green", "version": "v4"}
