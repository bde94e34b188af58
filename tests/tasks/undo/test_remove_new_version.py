"""What a rollback takes away."""

from functools import partial
from pathlib import Path

import pytest

from bluegreen.deployment.errors import PhaseFailed, Superseded
from bluegreen.deployment.record import Release
from bluegreen.deployment.runtime import Instance
from bluegreen.deployment.states import Color, Phase
from bluegreen.http import Response
from bluegreen.traffic.health import Judged
from tasks.context import PhaseContext
from tasks.undo import remove_new_version
from tasks.undo.restore_traffic import restore_traffic
from tests.cancellations import Stale
from tests.runtimes.in_memory import WELL
from tests.tasks.memory import Host
from tests.tasks.moments import kills

pytestmark = pytest.mark.unit

BOTH = {Color.BLUE: Instance(True, release="v1"), Color.GREEN: Instance(True, release="v2")}


def phase(host: Host, **noted: object) -> PhaseContext:
    host.runtime.colors |= BOTH
    return host.deployment(Phase.REMOVE_NEW_VERSION, to_color=Color.GREEN, release=Release(name="v2"), **noted)


def test_what_was_started_is_removed_and_nothing_else(host: Host) -> None:
    context = phase(host, started=True)

    assert remove_new_version.remove_new_version.work(context) == "green is removed"

    assert host.runtime.log == ["remove green"] and set(host.runtime.colors) == {Color.BLUE}
    written = host.store.get(context.deployment.id)
    assert written and written.last_look and written.last_look.serves


def test_a_second_worker_finds_nothing_left_to_remove(host: Host) -> None:
    context = phase(host, started=True)
    remove_new_version.remove_new_version.work(context)

    assert remove_new_version.remove_new_version.work(host.again(context)) == "green is removed"
    assert host.runtime.log == ["remove green"]


def test_a_colour_that_this_deployment_never_started_stays(host: Host) -> None:
    said = remove_new_version.remove_new_version.work(phase(host))

    assert said == "the new version was never started" and host.runtime.log == []


def test_a_colour_that_users_still_get_stays_and_the_record_says_what_they_get(
    host: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise PhaseFailed("green is kept, because edge sends requests to it")

    context = phase(host, started=True)
    monkeypatch.setattr(remove_new_version, "refuse_if_it_serves", refuse)

    with pytest.raises(PhaseFailed, match="green is kept"):
        remove_new_version.remove_new_version.work(context)

    assert host.runtime.log == [] and context.deployment.last_look is not None


def test_a_worker_that_was_fenced_out_removes_nothing(tmp_path: Path) -> None:
    host = Host(tmp_path)
    host.cancellation = Stale()

    with pytest.raises(Superseded):
        remove_new_version.remove_new_version.work(phase(host, started=True))

    assert host.runtime.log == []


def turned_back(host: Host) -> PhaseContext:
    """After a switch and its way back."""
    restore = host.turn_back(host.switched(Phase.VERIFY_TRAFFIC))
    restore_traffic.work(restore)
    return host.next(host.next(restore))


def test_requests_that_the_new_version_still_has_are_answered_first(
    host: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    context = turned_back(host)
    drained: list[tuple[object, float, list[str]]] = []

    def drain(retired: object, timeout: float, _: object) -> int:
        drained.append((retired, timeout, list(host.runtime.log)))
        return 0

    monkeypatch.setattr(host.router, "drain", drain)

    remove_new_version.remove_new_version.work(context)

    assert drained == [(context.deployment.retired_by_rollback, 30, [])] and drained[0][0]
    assert host.runtime.log == ["remove green"]


def test_what_was_saved_to_go_back_is_let_go(host: Host) -> None:
    context = turned_back(host)
    assert host.proxies.saved

    remove_new_version.remove_new_version.work(context)

    assert not host.proxies.saved


def test_users_who_come_during_the_drain_keep_the_version(host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    context = turned_back(host)

    def drain(*_: object) -> int:
        host.serve(Color.GREEN, "v2", context.deployment.generation, epoch=9)
        return 0

    monkeypatch.setattr(host.router, "drain", drain)

    with pytest.raises(PhaseFailed, match="green is kept"):
        remove_new_version.remove_new_version.work(context)
    assert host.runtime.log == []
    looked = host.written(context).last_look
    assert looked and looked.serves is False and "the old version does not serve" in looked.what


def test_migrations_are_forgotten_where_the_phase_that_runs_them_had_begun(tmp_path: Path) -> None:
    host = Host(tmp_path, migrate={"command": ["migrate"]})
    remove_new_version.remove_new_version.work(turned_back(host))
    assert host.runtime.log == ["forget jobs", "remove green"]


@pytest.mark.parametrize("settings", [{}, {"migrate": {"command": ["migrate"]}}])
def test_without_such_a_phase_or_command_there_are_none(tmp_path: Path, settings: dict[str, object]) -> None:
    host = Host(tmp_path, **settings)

    remove_new_version.remove_new_version.work(phase(host, started=True))

    assert host.runtime.log == ["remove green"]


def test_killed_at_any_point_a_successor_ends_it(tmp_path: Path) -> None:
    for when, host in kills(partial(Host, tmp_path), turned_back, remove_new_version.remove_new_version.work):
        assert host.served() == {(Color.BLUE, "v1")} and set(host.runtime.colors) == {Color.BLUE}, when
        assert not host.proxies.saved, when


def test_the_last_look_asks_the_site_too_and_says_what_it_gets(tmp_path: Path) -> None:
    host = Host(tmp_path, proxies=[{"conf": "one", "file": "one", "url": "https://site.example/"}])
    context = turned_back(host)
    well, away = Judged(WELL, True), Judged(Response(502, "bad gateway", 0.0), False)
    context.request = lambda url, _: away if "site.example" in url else well

    remove_new_version.remove_new_version.work(context)

    looked = host.written(context).last_look
    assert looked and looked.serves is False
    assert "through one, https://site.example/ gets 502: bad gateway" in looked.what


def test_a_proxy_that_is_down_serves_nobody_and_the_last_look_says_so(host: Host) -> None:
    context = turned_back(host)
    host.proxies.proxies["nginx.conf"].runs = False

    remove_new_version.remove_new_version.work(context)

    looked = host.written(context).last_look
    assert looked and looked.serves is False and "nginx.conf is not running" in looked.what
