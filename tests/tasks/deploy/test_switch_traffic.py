"""From when on users get the new version, and who gets what where a switch ends in the middle."""

from functools import partial
from pathlib import Path

import pytest

from bluegreen.deployment.errors import FilesRefused, NotRunning, PhaseFailed, ProxyRefused, Superseded
from bluegreen.deployment.proxy import Route
from bluegreen.deployment.receipt import Receipt
from bluegreen.deployment.states import Color, Phase
from tasks.context import PhaseContext
from tasks.deploy.switch_traffic import switch_traffic
from tasks.undo.restore_traffic import restore_traffic
from tests.cancellations import Stale
from tests.tasks.memory import TWO_PROXIES, Host
from tests.tasks.moments import aborts, hooked, killed, kills

pytestmark = pytest.mark.unit

OLD, NEW = {(Color.BLUE, "v1")}, {(Color.GREEN, "v2")}


def phase(host: Host, **noted: object) -> PhaseContext:
    return host.upgrade(Phase.SWITCH_TRAFFIC, **noted)


def test_all_proxies_serve_the_new_version_and_the_record_says_what_is_to_drain(tmp_path: Path) -> None:
    host = Host(tmp_path, proxies=TWO_PROXIES)
    context = phase(host)
    before = host.router.running()

    assert switch_traffic.work(context) == "green serves through 2 proxies"

    assert host.served() == NEW
    written = host.written(context)
    assert written.switch_started and written.retired_by_switch == before
    markers = {each.given.says for each in host.proxies.proxies.values()}
    assert markers == {context.marker(Color.GREEN)}
    assert {each.says for each in host.proxies.confirmed.values()} == markers


def test_one_proxy_is_called_so(host: Host) -> None:
    assert switch_traffic.work(phase(host)) == "green serves through 1 proxy"


def test_a_first_version_is_served_as_any_other(host: Host) -> None:
    context = host.deployment(Phase.SWITCH_TRAFFIC, to_color=Color.BLUE)

    switch_traffic.work(context)

    assert host.served() == {(Color.BLUE, None)}


def test_where_the_proxies_refuse_it_nothing_is_switched_and_there_is_nothing_to_turn_back(host: Host) -> None:
    context = phase(host)
    host.proxies.is_refused = True

    with pytest.raises(FilesRefused):
        switch_traffic.work(context)

    assert host.served() == OLD and not host.written(context).switch_started


def test_a_refusal_by_what_has_changed_since_is_looked_at_once_more(host: Host) -> None:
    context = phase(host)
    host.proxies.refusals = 1

    switch_traffic.work(context)

    assert host.served() == NEW


def test_two_refusals_in_a_row_are_the_answer(host: Host) -> None:
    context = phase(host)
    host.proxies.refusals = 2

    with pytest.raises(FilesRefused):
        switch_traffic.work(context)

    assert host.served() == OLD


def test_where_one_proxy_is_down_none_is_switched(tmp_path: Path) -> None:
    host = Host(tmp_path, proxies=TWO_PROXIES)
    context = phase(host)
    host.proxies.proxies["other.conf"].runs = False

    with pytest.raises(NotRunning, match="other.conf"):
        switch_traffic.work(context)

    assert host.proxies.proxies["one.conf"].observed.served == context.marker(Color.BLUE).with_(
        release="v1", generation=1
    )
    assert not host.written(context).switch_started


def test_a_newer_deployment_is_not_switched_away(host: Host) -> None:
    context = phase(host)
    host.serve(Color.BLUE, "v3", generation=9)

    with pytest.raises(ProxyRefused, match="newer"):
        switch_traffic.work(context)

    assert host.served() == {(Color.BLUE, "v3")}


def test_who_was_fenced_out_switches_nothing(host: Host) -> None:
    host.cancellation = Stale()

    with pytest.raises(Superseded):
        switch_traffic.work(phase(host))

    assert host.served() == OLD


def test_what_serves_already_is_not_switched_again(host: Host) -> None:
    context = host.switched(Phase.SWITCH_TRAFFIC)
    before = host.router.running()

    assert switch_traffic.work(host.again(context)) == "green serves already"

    assert host.router.running() == before


def test_what_somebody_elses_reload_took_up_is_switched_so_that_it_is_known_what_to_drain(host: Host) -> None:
    context = host.switched(Phase.SWITCH_TRAFFIC)
    context.note(switch_started=False, retired_by_switch={})
    before = host.router.running()

    assert switch_traffic.work(context) == "green serves through 1 proxy"

    assert host.router.running() != before
    assert context.deployment.retired_by_switch == before


def test_the_same_colour_of_another_deployment_is_switched(host: Host) -> None:
    context = phase(host, switch_started=True)
    host.serve(Color.GREEN, "v0", generation=1)

    assert switch_traffic.work(context) == "green serves through 1 proxy"


@pytest.mark.parametrize("is_new", [True, False])
def test_the_record_says_what_is_retired_before_the_switch_is_in_force(host: Host, is_new: bool) -> None:
    context = phase(host, from_color=Color.BLUE if is_new else None)
    told: list[bool] = []

    def hook(point: str) -> None:
        if point == "before reload":
            told.append(host.written(context).switch_started and bool(host.written(context).retired_by_switch))

    with hooked(hook):
        switch_traffic.work(context)

    assert told == [True]


def test_requests_are_counted_from_here_on_once(host: Host) -> None:
    context = phase(host, receipt=Receipt())

    switch_traffic.work(context)

    receipt = context.deployment.receipt
    assert receipt and receipt.began
    again = host.again(context)
    switch_traffic.work(again)
    assert again.deployment.receipt and again.deployment.receipt.began == receipt.began


def test_what_cannot_be_kept_is_a_warning_and_users_come_first(
    host: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise PhaseFailed("no room is left")

    context = phase(host)
    monkeypatch.setattr(host.router, "keep_confirmed", full)

    switch_traffic.work(context)

    assert host.served() == NEW and context.deployment.warnings == ("no room is left",)


def test_killed_at_any_point_a_successor_goes_on(tmp_path: Path) -> None:
    for when, host in kills(partial(Host, tmp_path, proxies=TWO_PROXIES), phase, switch_traffic.work):
        assert host.served() == NEW, when


def test_aborted_at_any_moment_users_get_the_old_version_back(tmp_path: Path) -> None:
    for when, host, context in aborts(partial(Host, tmp_path, proxies=TWO_PROXIES), phase, switch_traffic.work):
        restore_traffic.work(host.turn_back(context))
        assert host.served() == OLD, when


def test_killed_at_any_point_it_can_be_turned_back(tmp_path: Path) -> None:
    for when, host, context in killed(partial(Host, tmp_path), phase, switch_traffic.work):
        restore_traffic.work(host.turn_back(host.again(context)))
        assert host.served() == OLD, when


def test_a_worker_that_wakes_up_after_a_take_over_changes_nothing(host: Host) -> None:
    context = phase(host)
    switch_traffic.work(host.again(context))
    before = host.router.observe()

    with pytest.raises(ProxyRefused):
        switch_traffic.work(context)

    assert host.router.observe() == before


def test_the_route_is_that_of_the_target(host: Host) -> None:
    context = phase(host)

    assert context.route(Color.GREEN) == Route(context.marker(Color.GREEN))
    assert context.marker(Color.GREEN).release == "v2" and context.marker(Color.BLUE).release == "v1"
    assert context.marker(None).release is None
    assert context.marker(Color.GREEN).order == (context.deployment.generation, context.deployment.epoch)
