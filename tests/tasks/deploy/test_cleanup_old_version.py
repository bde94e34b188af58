"""When the old version is put away, and when it is not."""

from functools import partial
from pathlib import Path
from typing import Any

import pytest

from bluegreen.deployment.errors import AbortRequested, NotHealthy, PhaseFailed, Superseded
from bluegreen.deployment.record import Release
from bluegreen.deployment.states import Color, Phase, State
from bluegreen.deployment.upkeep import Target
from bluegreen.http import Response
from bluegreen.store import events
from tasks import predecessors
from tasks.context import PhaseContext
from tasks.deploy.cleanup_old_version import cleanup_old_version
from tests.cancellations import Stale
from tests.tasks.memory import TWO_PROXIES, Host
from tests.tasks.moments import aborts, hooked, kills

pytestmark = pytest.mark.unit

AWAY = Response(503, "away", 0.0)


def phase(host: Host) -> PhaseContext:
    return host.switched(Phase.CLEANUP_OLD_VERSION)


def notes(host: Host, context: PhaseContext) -> list[str]:
    return [str(each.data.get("text")) for each in events.read(host.store.redis, context.deployment.id)]


def test_the_old_version_is_stopped_and_the_record_says_that_the_new_one_is_live(host: Host) -> None:
    context = phase(host)

    assert cleanup_old_version.work(context) == "blue is stopped, and release v1 kept for a rollback"

    assert not host.runtime.look(Color.BLUE).running and host.runtime.look(Color.GREEN).running
    assert sorted(host.runtime.log) == ["prune", "stop blue"]
    written = host.written(context)
    assert written.past_point_of_no_return and written.drain_seconds is not None
    assert written.last_look and written.last_look.serves
    assert "the new version is live (green v2" in written.last_look.what
    assert context.lease.commit("done").state is State.SUCCEEDED


def test_it_is_removed_where_the_config_says_so(tmp_path: Path) -> None:
    host = Host(tmp_path, cleanup={"old_version": "remove"})

    assert cleanup_old_version.work(phase(host)) == "blue is removed, and release v1 kept for a rollback"

    assert Color.BLUE not in host.runtime.colors


def test_a_release_that_the_host_does_not_have_is_not_said_to_be_kept(host: Host) -> None:
    context = phase(host)
    host.runtime.built.clear()

    assert cleanup_old_version.work(context) == "blue is stopped"


def test_what_was_saved_to_go_back_is_let_go(host: Host) -> None:
    context = phase(host)
    assert host.proxies.saved

    cleanup_old_version.work(context)

    assert not host.proxies.saved


def test_trouble_with_old_releases_is_said_and_is_not_the_deployments(host: Host, monkeypatch: Any) -> None:
    def prune(*_: object) -> None:
        raise PhaseFailed("the disk is read-only")

    context = phase(host)
    monkeypatch.setattr(host.runtime, "prune", prune)

    assert cleanup_old_version.work(context).startswith("blue is stopped")
    assert "old releases are kept: the disk is read-only" in notes(host, context)


def test_requests_that_were_not_answered_in_time_are_counted(host: Host, monkeypatch: Any) -> None:
    context = phase(host)
    asked: list[object] = []

    def drain(retired: object, timeout: float, _: object) -> int:
        asked.append((retired, timeout))
        return 2

    monkeypatch.setattr(host.router, "drain", drain)

    cleanup_old_version.work(context)

    assert asked == [(context.deployment.retired_by_switch, 30)]
    assert "2 nginx workers still had requests after 30 s" in notes(host, context)


def refuse_way_forward(host: Host, context: PhaseContext, match: str) -> NotHealthy:
    """The new version is not well: nothing is put away, and there is a way back."""
    with pytest.raises(NotHealthy, match=match) as refused:
        cleanup_old_version.work(context)
    assert host.runtime.look(Color.BLUE).running and host.runtime.log == []
    assert not host.written(context).past_point_of_no_return
    return refused.value


def test_a_new_version_that_is_served_no_more_is_turned_back(tmp_path: Path) -> None:
    host = Host(tmp_path, proxies=TWO_PROXIES)
    context = phase(host)
    for proxy in host.proxies.proxies.values():
        assert proxy.taken.says
        proxy.given = proxy.taken = proxy.taken.saying(proxy.taken.says.with_(generation=1))

    error = refuse_way_forward(host, context, "one.conf, other.conf does not serve green any more")

    assert "generation" in error.saw and error.advice == "The old version takes the traffic back."


def test_a_new_version_that_stopped_answering_is_turned_back(host: Host) -> None:
    context = phase(host)
    host.runtime.answer = lambda color: AWAY
    host.runtime.lines[Color.GREEN] = "its last words"

    error = refuse_way_forward(host, context, "green has stopped answering since its traffic was verified")

    assert "it is colour green" in error.saw and "its last words" in error.saw


def test_one_good_answer_of_a_few_is_enough(host: Host) -> None:
    context = phase(host)
    said = iter([AWAY, AWAY])
    host.runtime.answer = lambda color: next(said, Response(200, "", 0.0))

    assert cleanup_old_version.work(context).startswith("blue is stopped")


def test_past_the_point_of_no_return_what_stopped_answering_is_live_all_the_same(host: Host) -> None:
    context = phase(host)
    context.pass_point_of_no_return()
    host.runtime.answer = lambda color: AWAY

    assert cleanup_old_version.work(context).startswith("blue is stopped")
    looked = host.written(context).last_look
    assert looked and looked.serves is None and "does not answer" in looked.what


def test_an_old_version_that_users_still_get_is_kept_and_the_record_says_so(host: Host) -> None:
    context = phase(host)
    context.pass_point_of_no_return()
    host.serve(Color.BLUE, "v1", generation=9)

    with pytest.raises(PhaseFailed, match="blue is kept, because nginx.conf sends requests to it"):
        cleanup_old_version.work(context)

    looked = host.written(context).last_look
    assert host.runtime.look(Color.BLUE).running and looked and looked.serves is False
    assert "nginx.conf serves blue v1, of generation 9" in looked.what


@pytest.mark.parametrize(
    ("color", "generation", "what"), [(Color.GREEN, 9, "serves green v2, of generation 9"), (None, 9, "no colour")]
)
def test_what_the_last_look_sees_otherwise_is_an_error(
    host: Host, monkeypatch: Any, color: Color | None, generation: int, what: str
) -> None:
    context = phase(host)
    stop = host.runtime.stop

    def switched_away(*arguments: Any) -> None:
        stop(*arguments)
        host.serve(color, "v2", generation)

    monkeypatch.setattr(host.runtime, "stop", switched_away)

    with pytest.raises(PhaseFailed, match=what):
        cleanup_old_version.work(context)


def test_a_first_version_has_none_to_put_away_and_what_served_before_is_named_once(
    host: Host, monkeypatch: Any
) -> None:
    host.upkeep.former = (Target("127.0.0.1:3000", True, None), Target("127.0.0.1:4000", True, None))
    seen = {"127.0.0.1:3000": "container shop-web-1"}
    monkeypatch.setattr(predecessors, "_seen", lambda target: seen.get(target.address))
    context = host.deployment(Phase.CLEANUP_OLD_VERSION, to_color=Color.BLUE, release=Release(name="v1"))
    host.serve(Color.BLUE, "v1", context.deployment.generation)
    host.run(Color.BLUE, context.deployment)

    for _ in range(2):
        assert cleanup_old_version.work(context) == "there was no old version"

    (warning,) = context.deployment.warnings
    assert warning.startswith("nginx sent requests to 127.0.0.1:3000 (container shop-web-1) before, and it still")
    assert host.runtime.log == []


def test_what_cannot_be_looked_at_is_said(host: Host, monkeypatch: Any) -> None:
    def former_targets(*_: object) -> None:
        raise PhaseFailed("the file cannot be read")

    monkeypatch.setattr(host.upkeep, "former_targets", former_targets)
    context = host.deployment(Phase.CLEANUP_OLD_VERSION, to_color=Color.BLUE, release=Release(name="v1"))
    host.serve(Color.BLUE, "v1", context.deployment.generation)

    assert cleanup_old_version.work(context) == "there was no old version"
    assert "what served before could not be looked at: the file cannot be read" in notes(host, context)


def test_an_abort_in_the_last_moment_is_heard(host: Host) -> None:
    context = phase(host)
    assert host.store.request_abort(context.deployment.id, "ann")

    with pytest.raises(AbortRequested):
        cleanup_old_version.work(context)
    assert host.runtime.log == [] and not host.written(context).past_point_of_no_return


def test_past_that_nobody_can_abort(host: Host) -> None:
    context = phase(host)
    context.pass_point_of_no_return()

    assert not host.store.request_abort(context.deployment.id, "ann")


def test_who_was_fenced_out_puts_nothing_away(host: Host) -> None:
    context = phase(host)

    with pytest.raises(Superseded):
        cleanup_old_version.work(host.context(context.lease, context.deployment, Stale()))

    assert host.runtime.look(Color.BLUE).running


def test_the_way_back_is_closed_before_the_old_version_is_stopped(host: Host) -> None:
    context = phase(host)
    said: list[bool] = []

    def hook(point: str) -> None:
        if point == "before stop blue":
            said.append(host.written(context).past_point_of_no_return)

    with hooked(hook):
        cleanup_old_version.work(context)

    assert said == [True]


def test_killed_at_any_point_a_successor_ends_it(tmp_path: Path) -> None:
    for when, host in kills(partial(Host, tmp_path, proxies=TWO_PROXIES), phase, cleanup_old_version.work):
        assert host.served() == {(Color.GREEN, "v2")}, when
        assert not host.runtime.look(Color.BLUE).running and not host.proxies.saved, when


def test_aborted_at_any_moment_before_the_point_of_no_return_the_old_version_runs(tmp_path: Path) -> None:
    for when, host, context in aborts(partial(Host, tmp_path), phase, cleanup_old_version.work):
        is_past = host.written(context).past_point_of_no_return
        assert is_past or host.runtime.look(Color.BLUE).running, when
        assert host.served() == {(Color.GREEN, "v2")}, when
