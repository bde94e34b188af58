"""A preview through the phases of a deployment and of its rollback, each killed at its points, too."""

from pathlib import Path
from typing import Any

import pytest

from bluegreen.deployment.errors import FilesRefused, ProxyRefused
from bluegreen.deployment.proxy import Condition, PreviewRoute
from bluegreen.deployment.record import Release
from bluegreen.deployment.states import Color, Phase
from tasks.context import PhaseContext
from tasks.deploy.determine_target import determine_target
from tasks.deploy.health_check import health_check
from tasks.deploy.switch_traffic import switch_traffic
from tasks.repair import Idle, repair
from tasks.undo.remove_new_version import remove_new_version
from tasks.undo.restore_traffic import restore_traffic
from tests.tasks.memory import TWO_PROXIES, Host, in_no_time
from tests.tasks.moments import aborts, killed, kills

pytestmark = pytest.mark.unit

VALUE = "a-secret-of-this-host"
BY_HEADER = {"header": "X-Preview"}
OLD, NEW = {(Color.BLUE, "v1")}, {(Color.GREEN, "v2")}


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    in_no_time(monkeypatch)


def made(folder: Path, **preview: str) -> Host:
    return Host(folder, proxies=TWO_PROXIES, preview=preview or BY_HEADER)


@pytest.fixture
def host(tmp_path: Path) -> Host:
    return made(tmp_path)


def healthy(host: Host) -> PhaseContext:
    return host.upgrade(Phase.HEALTH_CHECK)


def opened(host: Host) -> PhaseContext:
    """The phase has ended well."""
    context = healthy(host)
    health_check.work(context)
    return context


def previews(host: Host) -> set[PreviewRoute | None]:
    """What the proxies have, and what is in force."""
    proxies = host.proxies.proxies.values()
    return {each.taken.preview for each in proxies} | {each.given.preview for each in proxies}


def expect_open(host: Host, context: PhaseContext) -> None:
    preview = host.written(context).preview
    assert preview and preview.is_open and preview.secret
    assert previews(host) == {PreviewRoute(Color.GREEN, Condition("header", "X-Preview", preview.secret))}
    assert host.served() == OLD


def expect_closed(host: Host, context: PhaseContext) -> None:
    assert previews(host) == {None} and host.served() == OLD
    assert host.written(context).preview is None


def test_every_proxy_has_it_from_the_end_of_the_health_check(host: Host) -> None:
    context = healthy(host)

    assert health_check.work(context).endswith("; its preview is open")

    expect_open(host, context)


def test_the_phase_again_leaves_what_is_open_as_it_is(host: Host) -> None:
    context = opened(host)
    before = host.router.running()

    health_check.work(host.again(context))

    assert host.router.running() == before
    expect_open(host, context)


def test_what_somebody_writes_into_the_record_is_not_what_asks_for_it(host: Host) -> None:
    context = opened(host)
    preview = host.written(context).preview
    assert preview

    again = host.again(context)
    again.note(preview=preview.with_(secret="0" * 32, is_open=False))
    health_check.work(again)

    expect_open(host, context)
    assert host.written(context).preview == preview


def test_the_switch_takes_it_back(host: Host) -> None:
    context = host.next(opened(host))

    switch_traffic.work(context)

    assert previews(host) == {None} and host.served() == NEW
    assert host.written(context).preview is None


def test_a_rollback_before_the_switch_takes_it_back_and_says_so(host: Host) -> None:
    context = host.turn_back(opened(host))

    assert restore_traffic.work(context) == "blue serves again; the preview is closed"

    expect_closed(host, context)
    remove_new_version.work(host.next(host.next(context)))
    assert set(host.runtime.colors) == {Color.BLUE}


def test_a_rollback_after_the_switch_does_not_bring_it_back(host: Host) -> None:
    context = host.next(opened(host))
    switch_traffic.work(context)

    context = host.turn_back(context)
    restore_traffic.work(context)

    expect_closed(host, context)


def test_who_is_killed_anywhere_has_a_successor_who_opens_it(tmp_path: Path) -> None:
    secrets = set()
    for when, host in kills(lambda: made(tmp_path), healthy, health_check.work):
        (preview,) = previews(host)
        assert preview and preview.color is Color.GREEN and host.served() == OLD, when
        assert {each.preview for each in host.proxies.confirmed.values()} == {preview}, when
        secrets.add(preview.condition.value)
    assert len(secrets) > 5, "each deployment has its own"


def test_who_is_killed_anywhere_and_turned_back_leaves_none(tmp_path: Path) -> None:
    for when, host, context in killed(lambda: made(tmp_path), healthy, health_check.work):
        restored = host.turn_back(host.again(context))
        restore_traffic.work(restored)
        assert previews(host) == {None} and host.served() == OLD, when


def test_an_abort_at_any_question_leaves_none(tmp_path: Path) -> None:
    for when, host, context in aborts(lambda: made(tmp_path), healthy, health_check.work):
        restored = host.turn_back(context)
        restore_traffic.work(restored)
        assert previews(host) == {None} and host.served() == OLD, when


def test_a_restore_that_is_killed_anywhere_is_worked_again(tmp_path: Path) -> None:
    def turned_back(host: Host) -> PhaseContext:
        return host.turn_back(opened(host))

    for when, host in kills(lambda: made(tmp_path), turned_back, restore_traffic.work):
        assert previews(host) == {None} and host.served() == OLD, when


def test_a_switch_that_is_killed_anywhere_is_worked_again(tmp_path: Path) -> None:
    def switching(host: Host) -> PhaseContext:
        return host.next(opened(host))

    for when, host in kills(lambda: made(tmp_path), switching, switch_traffic.work):
        assert previews(host) == {None} and host.served() == NEW, when


def test_where_a_proxy_cannot_have_it_nothing_is_changed(host: Host) -> None:
    host.upkeep.no_preview = "a preview needs the template"
    context = host.upgrade(Phase.DETERMINE_TARGET, started=False)

    with pytest.raises(ProxyRefused, match="a preview needs"):
        determine_target.work(context)

    assert previews(host) == {None}


@pytest.mark.parametrize("refusals", [1, 2])
def test_files_that_are_refused_once_are_asked_for_again(host: Host, refusals: int) -> None:
    context = healthy(host)
    host.proxies.refusals = refusals

    if refusals == 1:
        health_check.work(context)
        expect_open(host, context)
        return
    with pytest.raises(FilesRefused):
        health_check.work(context)
    expect_closed(host, context)


def test_a_rollback_has_none_and_does_not_ask_whether_it_could(host: Host) -> None:
    host.upkeep.no_preview = "a preview needs the template"
    host.live()
    context = host.upgrade(Phase.DETERMINE_TARGET, started=False, kind="rollback")

    determine_target.work(context)
    context = host.next(host.next(context))
    assert "preview" not in health_check.work(context)

    assert previews(host) == {None}


@pytest.mark.parametrize(
    ("settings", "value", "words"),
    [
        ({"cookie": "look"}, None, "URL-OF-THE-SITE/.bluegreen/preview/{secret}"),
        ({"header": "X-A", "value": VALUE}, VALUE, "curl -H 'X-A: VALUE' URL-OF-THE-SITE   (VALUE: preview.value"),
        ({"host": "look.example.org"}, "", "http://look.example.org/"),
    ],
)
def test_the_record_has_what_to_do_and_no_secret_of_the_host(
    tmp_path: Path, settings: dict[str, str], value: str | None, words: str
) -> None:
    host = made(tmp_path, **settings)
    context = opened(host)

    preview = host.written(context).preview
    (route,) = previews(host)
    assert preview and route and route.condition.value == (preview.secret if value is None else value)
    assert preview.words.startswith(words.format(secret=preview.secret))
    assert VALUE not in host.written(context).as_json()


def idle(host: Host) -> Any:
    return Idle(host.store, "web")


def test_one_that_was_unlocked_is_over_and_is_repaired(host: Host) -> None:
    context = opened(host)
    host.store.unlock(context.deployment.id, "ann")

    found = repair(host.site, idle(host))

    assert set(found.wrong.values()) == {"has a preview that is over"}
    assert previews(host) == {None} and host.served() == OLD


def test_one_that_was_unlocked_is_closed_by_the_next_deployment(host: Host) -> None:
    context = opened(host)
    host.store.unlock(context.deployment.id, "ann")

    context = host.deployment(Phase.DETERMINE_TARGET, "v3", release=Release(name="v3"))
    determine_target.work(context)

    assert previews(host) == {None} and host.served() == OLD
