"""A maintenance on a host in memory: turned on and off, kept by every switch, for a deployment and beside one."""

from pathlib import Path

import pytest

from bluegreen.deployment.errors import FilesRefused, UsageError
from bluegreen.deployment.maintenance import Maintenance
from bluegreen.deployment.states import Color, Phase
from bluegreen.store import maintenances
from bluegreen.store.clock import redis_time
from bluegreen.traffic.maintenance_file import PROBE_HEADER
from tasks import maintenance
from tasks.deploy.deploy_new_version import deploy_new_version
from tasks.deploy.switch_traffic import switch_traffic
from tasks.undo.restore_traffic import restore_traffic
from tests.cancellations import Free
from tests.here import HERE
from tests.tasks.memory import Host

pytestmark = pytest.mark.unit


@pytest.fixture
def host(tmp_path: Path) -> Host:
    return Host(tmp_path)


def on(host: Host) -> Maintenance:
    made = maintenance.draft(host.settings, redis_time(host.store.redis), "ann", "soon", ("192.0.2.1",))
    maintenance.turn(host.site, host.store, made, Free())
    return made


def pages(host: Host) -> set[str | None]:
    """The digests that the proxies answer with, and have in their files."""
    observed = host.router.observe().values()
    return {each.maintenance for seen in observed for each in (seen.served, seen.said) if each}


def test_it_is_in_every_proxy_and_everybody_may_read_of_it(host: Host) -> None:
    host.live()

    made = on(host)

    assert pages(host) == {made.digest} and host.served() == {(Color.BLUE, "v1")}
    announced = maintenances.read(host.store.redis, HERE.id, "web")
    assert announced == made.announced and announced.secret == ""
    maintenance.turn(host.site, host.store, None, Free())
    assert pages(host) == {None} and maintenances.read(host.store.redis, HERE.id, "web") is None


def test_where_a_proxy_refuses_nothing_is_on(host: Host) -> None:
    host.live()

    def refuse(*_: object) -> None:
        raise FilesRefused("the proxies refuse their files")

    host.upkeep.restate = refuse  # type: ignore[method-assign]
    with pytest.raises(FilesRefused):
        on(host)

    assert host.site.maintenance() is None and pages(host) == {None}


def test_before_a_first_deployment_it_is_refused(host: Host) -> None:
    with pytest.raises(UsageError, match="nothing of bluegreen's is live yet"):
        on(host)
    assert host.site.maintenance() is None


def test_what_a_kill_has_left_is_brought_into_line(host: Host) -> None:
    """The state is written first; the worker died before any file was."""
    host.live()
    made = on(host)
    host.serve(Color.BLUE)

    assert maintenance.bring_into_line(host.site, Free(), lambda: True)
    assert not maintenance.bring_into_line(host.site, Free(), lambda: True)

    assert pages(host) == {made.digest}


def test_a_switch_and_a_rollback_keep_it(host: Host) -> None:
    context = host.upgrade(Phase.SWITCH_TRAFFIC)
    made = on(host)

    switch_traffic.work(context)
    assert pages(host) == {made.digest} and host.served() == {(Color.GREEN, "v2")}
    restore_traffic.work(host.turn_back(context))

    assert pages(host) == {made.digest} and host.served() == {(Color.BLUE, "v1")}


def test_our_probes_say_the_word_while_it_is_on_and_no_other_request_does(host: Host) -> None:
    host.live()
    assert host.site.probing(host.settings.health) is host.settings.health

    made = on(host)

    assert host.site.probing(host.settings.health).headers == {PROBE_HEADER: made.secret}
    assert not host.settings.health.headers


def test_a_deployment_under_maintenance_has_it_on_from_before_its_start_until_its_switch(host: Host) -> None:
    context = host.upgrade(Phase.DEPLOY_NEW_VERSION, under_maintenance=True)

    deploy_new_version.work(context)

    on_for = host.site.maintenance()
    assert on_for is not None and on_for.deployment_id == context.deployment.id and pages(host) == {on_for.digest}
    switching = host.next(host.next(context))
    switch_traffic.work(switching)
    assert host.site.maintenance() is None and pages(host) == {None} and host.served() == {(Color.GREEN, "v2")}
    written = host.written(switching)
    assert written.maintenance_since and written.maintenance_until


def test_its_rollback_turns_it_off(host: Host) -> None:
    context = host.upgrade(Phase.DEPLOY_NEW_VERSION, under_maintenance=True)
    deploy_new_version.work(context)

    restore_traffic.work(host.turn_back(context))

    assert host.site.maintenance() is None and pages(host) == {None} and host.served() == {(Color.BLUE, "v1")}


def test_one_that_somebody_has_turned_on_before_stays_on(host: Host) -> None:
    context = host.upgrade(Phase.DEPLOY_NEW_VERSION, under_maintenance=True)
    made = on(host)

    deploy_new_version.work(context)
    switch_traffic.work(host.next(host.next(context)))

    assert host.site.maintenance() == made and pages(host) == {made.digest}
    assert host.written(context).maintenance_since is None
