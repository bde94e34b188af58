"""Users get the old version back, whatever became of the switch, of the old version and of the proxies."""

from functools import partial
from pathlib import Path
from typing import Any

import pytest

from bluegreen.deployment.errors import NotRunning, PhaseFailed, ProxyRefused, Superseded
from bluegreen.deployment.states import Color, Phase
from bluegreen.http import Response
from tasks.context import PhaseContext
from tasks.undo.restore_traffic import restore_traffic
from tests.cancellations import Stale
from tests.routers.in_memory import Text
from tests.tasks.memory import TWO_PROXIES, Host
from tests.tasks.moments import kills

pytestmark = pytest.mark.unit

OLD = {(Color.BLUE, "v1")}


def phase(host: Host) -> PhaseContext:
    """After a switch."""
    return host.turn_back(host.switched(Phase.VERIFY_TRAFFIC))


def unswitched(host: Host) -> PhaseContext:
    """After a switch that had not begun to be in force."""
    return host.turn_back(host.upgrade(Phase.SWITCH_TRAFFIC))


def test_the_old_version_serves_again_and_the_record_says_what_is_to_drain(tmp_path: Path) -> None:
    host = Host(tmp_path, proxies=TWO_PROXIES)
    context = phase(host)
    before = host.router.running()

    assert restore_traffic.work(context) == "blue serves again"

    assert host.served() == OLD
    assert host.written(context).retired_by_rollback == before
    orders = {each.given.says and each.given.says.order for each in host.proxies.proxies.values()}
    assert orders == {(context.deployment.generation, context.deployment.epoch)}
    assert {each.says and each.says.color for each in host.proxies.confirmed.values()} == {Color.BLUE}


def test_a_worker_that_was_fenced_out_is_refused_from_then_on(host: Host) -> None:
    context = host.upgrade(Phase.SWITCH_TRAFFIC)
    restore_traffic.work(host.turn_back(context))

    with pytest.raises(ProxyRefused), host.router.prepare(context.route(Color.GREEN), context):
        pytest.fail("it was about to switch")


def test_before_the_switch_there_is_nothing_to_restore(host: Host) -> None:
    context = host.turn_back(host.upgrade(Phase.HEALTH_CHECK))

    assert restore_traffic.work(context) == "traffic was never switched"
    assert host.proxies.proxies["nginx.conf"].given.says == host.proxies.confirmed["nginx.conf"].says


def test_where_no_proxy_had_been_turned_none_is_told_anything(host: Host) -> None:
    context = unswitched(host)
    before = host.router.running()

    assert restore_traffic.work(context) == "blue serves; no proxy had been turned"

    assert host.router.running() == before and host.served() == OLD


def test_what_somebody_elses_reload_took_up_is_turned_back_though_the_record_does_not_know(host: Host) -> None:
    context = unswitched(host)
    host.serve(Color.GREEN, "v2", context.deployment.generation)

    assert restore_traffic.work(context) == "blue serves again"
    assert host.served() == OLD


def test_before_any_version_the_proxies_get_back_what_they_had(host: Host) -> None:
    before = Text()
    saved = host.router.save(host.cancellation)
    context = host.deployment(Phase.VERIFY_TRAFFIC, to_color=Color.BLUE, previous_files=saved, switch_started=True)
    host.serve(Color.BLUE, "v1", context.deployment.generation)

    assert restore_traffic.work(host.turn_back(context)) == "what was there before serves again"

    assert host.served() == {(None, None)}
    given = host.proxies.proxies["nginx.conf"].given
    assert given.is_ours == before.is_ours and given.says and given.says.color is None


def test_a_proxy_that_is_down_has_the_old_version_for_its_next_start(tmp_path: Path) -> None:
    host = Host(tmp_path, proxies=TWO_PROXIES)
    context = phase(host)
    host.proxies.proxies["other.conf"].runs = False

    said = restore_traffic.work(context)

    assert said == "blue serves again; other.conf is down, and will when it runs again"
    assert host.router.observe()["one.conf"].sends_to(Color.BLUE)
    other = host.proxies.proxies["other.conf"]
    assert other.given.says and other.given.says.color is Color.BLUE
    assert other.taken.says and other.taken.says.color is Color.GREEN


def test_one_that_comes_up_while_its_file_is_written_is_looked_at_again(host: Host, monkeypatch: Any) -> None:
    context = phase(host)
    proxy = host.proxies.proxies["nginx.conf"]
    proxy.runs = False
    hold = host.router.hold

    def up(*arguments: Any) -> Any:
        proxy.runs = True
        return hold(*arguments)

    monkeypatch.setattr(host.router, "hold", up)

    with pytest.raises(NotRunning, match="nginx.conf was down, and came up"):
        restore_traffic.work(context)


def test_an_old_version_that_has_ended_is_started_again_before_users_get_it(host: Host) -> None:
    context = phase(host)
    host.runtime.die(Color.BLUE, 1)

    assert restore_traffic.work(context) == "blue serves again"

    assert host.runtime.log == ["start blue v1"] and host.runtime.look(Color.BLUE).running


def test_one_that_ended_and_was_not_to_serve_is_left(host: Host) -> None:
    context = unswitched(host)
    host.runtime.die(Color.BLUE, 1)

    restore_traffic.work(context)

    assert host.runtime.log == []


def test_one_that_does_not_answer_after_its_start_gets_no_users(tmp_path: Path) -> None:
    host = Host(tmp_path, health={"interval": 0.01})
    context = phase(host)
    host.runtime.die(Color.BLUE, 1)
    host.runtime.lines[Color.BLUE] = "its last words"
    host.runtime.answer = lambda color: Response(503 if color is Color.BLUE else 200, "", 0.0)

    with pytest.raises(PhaseFailed, match="blue had ended, and does not answer") as failed:
        restore_traffic.work(context)

    assert "its last words" in failed.value.saw and "green goes on serving" in failed.value.advice
    assert host.served() == {(Color.GREEN, "v2")}


def test_where_proxies_refuse_and_may_serve_the_new_version_it_is_an_error(host: Host) -> None:
    context = phase(host)
    host.proxies.is_refused = True

    with pytest.raises(PhaseFailed):
        restore_traffic.work(context)

    assert host.served() == {(Color.GREEN, "v2")}


def test_where_they_refuse_and_have_never_taken_it_up_the_old_version_serves_on(host: Host) -> None:
    context = host.upgrade(Phase.SWITCH_TRAFFIC, switch_started=True)
    context.note(retired_by_switch=host.router.running())
    host.proxies.is_refused = True

    said = restore_traffic.work(host.turn_back(context))

    assert said == "blue serves; the proxies have not taken up a file since"
    assert any("refuse" in each for each in host.written(context).warnings) and host.served() == OLD


def test_warnings_of_what_is_held_are_noted_once(host: Host, monkeypatch: Any) -> None:
    monkeypatch.setattr(host.router, "hold", lambda *_: ["it stays as it is"])
    context = unswitched(host)

    restore_traffic.work(context)
    restore_traffic.work(context)

    assert context.deployment.warnings == ("it stays as it is",)


def test_a_newer_deployment_keeps_its_users(host: Host) -> None:
    context = phase(host)
    host.serve(Color.GREEN, "v3", generation=9)

    with pytest.raises(ProxyRefused):
        restore_traffic.work(context)

    assert host.served() == {(Color.GREEN, "v3")}


def test_who_was_fenced_out_restores_nothing(host: Host) -> None:
    context = phase(host)

    with pytest.raises(Superseded):
        restore_traffic.work(host.context(context.lease, context.deployment, Stale()))

    assert host.served() == {(Color.GREEN, "v2")}


def test_worked_twice_it_is_the_same(host: Host) -> None:
    context = phase(host)
    restore_traffic.work(context)

    assert restore_traffic.work(host.again(context)) == "blue serves again"
    assert host.served() == OLD


@pytest.mark.parametrize("begin", [phase, unswitched])
def test_killed_at_any_point_a_successor_ends_it(tmp_path: Path, begin: Any) -> None:
    for when, host in kills(partial(Host, tmp_path, proxies=TWO_PROXIES), begin, restore_traffic.work):
        assert host.served() == OLD, when


def test_what_is_retired_is_asked_again_once_the_old_version_is_up(host: Host, monkeypatch: Any) -> None:
    """Its start takes a while, in which somebody may reload the nginx."""
    context = phase(host)
    host.runtime.die(Color.BLUE, 1)
    start = host.runtime.start

    def reloaded(*arguments: Any) -> None:
        start(*arguments)
        host.proxies.proxies["nginx.conf"].runs = False

    monkeypatch.setattr(host.runtime, "start", reloaded)

    assert "nginx.conf is down" in restore_traffic.work(context)
