"""A proxy file that somebody has changed since a deployment: `git reset --hard`, Ansible, a backup, a hand."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from deployment.states import Color
from nginx.content import parse
from tests.e2e.host import Host

pytestmark = pytest.mark.real

PLACEHOLDER = "upstream app { server 127.0.0.1:1 down; }\n"


def reset(host: Host) -> None:
    """`git reset --hard`, where the placeholder is tracked; and something reloads nginx."""
    file_of(host).write_text(PLACEHOLDER)
    reload(host)


def cleaned(host: Host) -> None:
    """`git clean -fdx`."""
    file_of(host).unlink()


def restored(host: Host) -> None:
    """From a backup: ours, and of the release before."""
    file_of(host).write_text((host.folder / "of-v1").read_text())


DAMAGES = [reset, cleaned, restored]


def file_of(host: Host) -> Path:
    return host.folder / "conf.d" / "app.inc"


def reload(host: Host) -> None:
    assert host.nginx.process is not None
    before = host.proxy_workers()
    host.nginx.process.send_signal(1)
    host.wait_until(lambda: not host.proxy_workers() & before)


@pytest.fixture(params=[True, False], ids=["asked", "not asked"])
def live(host: Host, request: pytest.FixtureRequest) -> Host:
    """v2 is live on green, through an nginx that can be asked what it serves, or cannot."""
    if not request.param:
        host.configure(status=0)
    assert host.deploy("v1")[0] == 0
    shutil.copy(file_of(host), host.folder / "of-v1")
    assert host.deploy("v2")[0] == 0
    return host


@pytest.mark.parametrize("damage", DAMAGES)
def test_it_is_never_taken_for_nobody_s(live: Host, damage: Callable[[Host], None]) -> None:
    damage(live)

    status, record = live.deploy("broken")

    assert (status, record.from_color) == (1, Color.GREEN), record
    assert live.answer() == {"color": "green", "version": "v2"}
    content = parse(file_of(live).read_text())
    assert content is not None and content.color is Color.GREEN
    live.nginx.stop()
    live.start_nginx()
    assert live.answer() == {"color": "green", "version": "v2"}, "after a restart of nginx"


def test_the_next_deployment_goes_to_the_other_colour_without_an_error_for_users(live: Host) -> None:
    with live.load() as load:
        cleaned(live)
        status, record = live.deploy("v3")
        load.wait_for_version("v3")

    assert (status, record.from_color, record.from_release and record.from_release.name) == (0, Color.GREEN, "v2")
    assert load.dropped() == [] and load.versions() == ["v2", "v3"]
    assert not live.is_running(Color.GREEN)


def test_a_rollback_after_the_switch_does_not_write_the_damage_back(live: Host) -> None:
    reset(live)
    live.configure(bake=0.3, status=live.ports["status"] if "listen" in (live.folder / "of-v1").read_text() else 0)

    status, _ = live.deploy("fickle")

    assert status == 1
    assert live.answer() == {"color": "green", "version": "v2"}
    assert "127.0.0.1:1 " not in file_of(live).read_text()


def test_either_of_redis_and_the_state_folder_may_be_lost_as_well(live: Host) -> None:
    live.redis.flushdb()
    live.wait_until(lambda: live.redis.exists("bluegreen:hosts") == 1)
    reset(live)
    status, record = live.deploy("v3")
    assert (status, record.from_color) == (0, Color.GREEN), record

    shutil.rmtree(live.state_of() / "proxies")
    reset(live)
    status, record = live.deploy("v4")
    assert (status, record.from_color) == (0, Color.BLUE), record
    assert live.answer() == {"color": "green", "version": "v4"}
