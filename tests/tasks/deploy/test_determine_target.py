"""Which colour is next, and what is refused while nothing is changed yet."""

from functools import partial
from pathlib import Path
from typing import Any

import pytest

from bluegreen.deployment.errors import FilesRefused, NotHealthy, NotRunning, PhaseFailed, Superseded
from bluegreen.deployment.record import Release
from bluegreen.deployment.runtime import Weakness
from bluegreen.deployment.states import Color, Phase
from bluegreen.store import events
from tasks.context import PhaseContext
from tasks.deploy.determine_target import determine_target
from tests.cancellations import Free, Stale
from tests.routers.in_memory import Text
from tests.tasks.memory import TWO_PROXIES, Host
from tests.tasks.moments import kills

pytestmark = pytest.mark.unit

WEAK = Weakness("it has no HEALTHCHECK", "Give it one.")


def first(host: Host) -> PhaseContext:
    return host.deployment(Phase.DETERMINE_TARGET, release=Release(name="v1"))


def second(host: Host, color: Color = Color.BLUE) -> PhaseContext:
    host.live(color)
    return host.deployment(Phase.DETERMINE_TARGET, "v2", release=Release(name="v2"))


def test_the_first_goes_to_blue_and_there_is_nothing_to_count(host: Host) -> None:
    context = first(host)

    assert determine_target.work(context) == "nothing is live, blue is next"

    written = host.written(context)
    assert (written.from_color, written.to_color, written.from_release) == (None, Color.BLUE, None)
    assert written.receipt is None and written.protocol == "http" and not written.warnings


@pytest.mark.parametrize("live", Color)
def test_the_next_goes_to_the_other_colour_and_knows_what_was_before(host: Host, live: Color) -> None:
    context = second(host, live)

    assert determine_target.work(context) == f"{live} is live, {live.other} is next"

    written = host.written(context)
    assert (written.from_color, written.to_color) == (live, live.other)
    assert written.from_release == Release(name="v1", image="web:v1"), "with what the record knows of it"
    assert written.receipt and set(written.receipt.proxies) == {"nginx.conf"} and not written.receipt.began
    assert set(written.previous_files) == {"nginx.conf"}


def test_a_release_that_no_record_knows_is_called_as_the_proxies_call_it(host: Host) -> None:
    context = first(host)
    host.serve(Color.GREEN, "v0", generation=0)

    assert determine_target.work(context) == "green is live, blue is next"
    assert context.deployment.from_release == Release(name="v0")


def test_what_the_proxies_serve_counts_and_not_what_redis_knows(host: Host) -> None:
    context = second(host)
    host.serve(Color.GREEN, "v9", generation=1)

    assert determine_target.work(context) == "green is live, blue is next"


@pytest.mark.parametrize(("known", "raised"), [(1, 2), (2, 3), (7, 8)])
def test_a_redis_that_knows_less_than_the_host_goes_on_from_its_count(host: Host, known: int, raised: int) -> None:
    context = second(host)
    host.serve(Color.BLUE, "v1", generation=known)

    determine_target.work(context)

    assert host.written(context).generation == raised
    assert host.store.generation("web") == raised


def test_a_file_that_was_changed_is_put_right_before_anything_is_judged(host: Host) -> None:
    context = second(host)
    cancellation = Free()
    host.proxies.proxies["nginx.conf"].given = Text()

    determine_target.work(host.context(context.lease, context.deployment, cancellation))

    says = host.proxies.proxies["nginx.conf"].given.says
    assert says and (says.color, says.release) == (Color.BLUE, "v1")
    assert says.order == (context.deployment.generation, context.deployment.epoch)
    assert any("put right" in line for line in notes(host, context))


def notes(host: Host, context: PhaseContext) -> list[str]:
    return [str(each.data.get("text")) for each in events.read(host.store.redis, context.deployment.id)]


@pytest.mark.parametrize(
    ("spoken", "protocol"),
    [(set(), "http"), ({"http"}, "http"), ({"grpc"}, "grpc"), ({"grpc", "http"}, "http"), ({"uwsgi"}, "uwsgi")],
)
def test_a_colour_is_asked_by_http_where_any_proxy_speaks_it(host: Host, spoken: set[str], protocol: str) -> None:
    host.upkeep.known_protocols = frozenset(spoken)
    context = first(host)

    determine_target.work(context)

    assert context.deployment.protocol == protocol


def test_what_does_not_fit_well_is_reported_with_its_proxy(host: Host) -> None:
    host.upkeep.misfits = ("proxy_read_timeout is 1 s. Write: proxy_read_timeout 60s;",)
    context = first(host)

    determine_target.work(context)

    assert notes(host, context)[-1] == "nginx.conf: proxy_read_timeout is 1 s. Write: proxy_read_timeout 60s;"


def test_what_will_be_missed_some_day_is_a_warning_that_stays_and_comes_once(host: Host, monkeypatch: Any) -> None:
    asked: list[object] = []

    def preflight(*about: object) -> list[Weakness]:
        asked.append(about)
        return [WEAK, WEAK]

    context = first(host)
    monkeypatch.setattr(host.runtime, "preflight", preflight)

    determine_target.work(context)

    assert context.deployment.warnings == (str(WEAK),) and notes(host, context).count(str(WEAK)) == 1
    assert asked == [(Color.BLUE, Release(name="v1"), context.deployment.id)]


def test_a_colour_that_cannot_start_is_refused(host: Host, monkeypatch: Any) -> None:
    def preflight(*_: object) -> list[Weakness]:
        raise PhaseFailed("port 8001 is taken")

    context = second(host)
    monkeypatch.setattr(host.runtime, "preflight", preflight)

    with pytest.raises(PhaseFailed, match="port 8001"):
        determine_target.work(context)
    assert context.deployment.to_color is None


def test_a_release_of_which_nobody_will_say_how_it_is_is_refused_where_its_image_is_known(host: Host) -> None:
    host.upkeep.known_protocols = frozenset({"fastcgi"})
    context = host.deployment(Phase.DETERMINE_TARGET, release=Release(name="v1", image="web:v1"))

    with pytest.raises(NotHealthy, match="nothing says whether blue is well") as refused:
        determine_target.work(context)
    assert "speaks fastcgi to it" in refused.value.saw and host.runtime.log == []

    host.runtime.watched = True
    assert determine_target.work(host.again(context)) == "nothing is live, blue is next"


def test_proxies_that_are_not_well_are_refused(tmp_path: Path) -> None:
    host = Host(tmp_path, proxies=TWO_PROXIES)
    context = second(host)
    host.proxies.is_refused = True
    with pytest.raises(FilesRefused):
        determine_target.work(context)

    host.proxies.is_refused, host.proxies.proxies["other.conf"].runs = False, False
    with pytest.raises(NotRunning, match="other.conf"):
        determine_target.work(context)
    assert host.written(context).to_color is None and host.runtime.log == []


def test_who_was_fenced_out_saves_and_repairs_nothing(host: Host) -> None:
    context = second(host)
    host.proxies.proxies["nginx.conf"].given = Text()

    with pytest.raises(Superseded):
        determine_target.work(host.context(context.lease, context.deployment, Stale()))

    assert host.proxies.proxies["nginx.conf"].given == Text() and not host.proxies.saved


def test_killed_at_any_point_a_successor_finds_the_same(tmp_path: Path) -> None:
    for when, host in kills(partial(Host, tmp_path, proxies=TWO_PROXIES), second, determine_target.work):
        live = host.store.newest_of("web", "v2")
        assert live and (live.from_color, live.to_color) == (Color.BLUE, Color.GREEN), when
        assert set(live.previous_files.values()) == set(host.proxies.saved), when
