"""How a colour is asked that does not speak HTTP."""

import pytest

from bluegreen.deployment.errors import NotHealthy
from bluegreen.deployment.record import Release
from bluegreen.deployment.runtime import Instance
from bluegreen.deployment.states import Color
from bluegreen.http import Response
from bluegreen.settings.service import HealthSettings
from bluegreen.traffic import health
from bluegreen.traffic.health import Judged
from tests.runtimes.in_memory import MemoryRuntime

pytestmark = pytest.mark.unit


def ask(protocol: str, healthy: bool | None, is_watched: bool = True, answers: bool = False) -> Judged:
    runtime = MemoryRuntime()
    runtime.colors[Color.GREEN] = Instance(
        True, described="container green", healthy=healthy, is_watched=is_watched
    )

    def answer(url: str) -> Judged:
        return Judged(Response(200 if answers else None, url, 0.0), answers)

    return health.ask_color(runtime, Color.GREEN, HealthSettings(path="/up"), protocol, answer)


@pytest.mark.parametrize(("healthy", "good"), [(True, True), (False, False), (None, False)])
def test_its_healthcheck_tells(healthy: bool | None, good: bool) -> None:
    assert ask("grpc", healthy).good is good
    assert ask("uwsgi", healthy).good is good


def test_without_one_it_is_refused_by_name_or_asked_whether_it_speaks_http_too() -> None:
    with pytest.raises(NotHealthy, match="nothing says whether green is well") as refused:
        ask("uwsgi", None, is_watched=False)
    assert "uwsgi" in refused.value.saw and "HEALTHCHECK" in refused.value.advice
    assert ask("grpc", None, is_watched=False, answers=True).good
    assert "HEALTHCHECK" in ask("grpc", None, is_watched=False).advice


@pytest.mark.parametrize(
    ("protocol", "is_refused"), [("uwsgi", True), ("fastcgi", True), ("grpc", False), ("http", False)]
)
def test_a_colour_of_which_nobody_will_say_how_it_is_is_refused_before_it_starts(
    protocol: str, is_refused: bool
) -> None:
    runtime, built = MemoryRuntime(), Release(name="v2", image="web:v2")

    def refused(release: Release | None) -> bool:
        try:
            health.expect_judged(runtime, Color.GREEN, protocol, release)
        except NotHealthy:
            return True
        return False

    assert refused(built) is is_refused
    assert not refused(None), "its image may have one"
    runtime.watched = True
    assert not refused(built)


@pytest.mark.parametrize(
    ("protocols", "asked_by"), [({"uwsgi", "http"}, "http"), ({"uwsgi"}, "uwsgi"), (set(), "http")]
)
def test_a_colour_is_asked_by_http_where_any_proxy_speaks_it(protocols: set[str], asked_by: str) -> None:
    assert health.spoken(protocols) == asked_by


def test_what_speaks_http_is_asked_whatever_its_healthcheck_says() -> None:
    assert ask("http", False, answers=True).good
    assert not ask("http", True).good
    assert ask("http", True).answer.body == "http://green:80/up"
