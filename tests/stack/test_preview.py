"""A preview through an nginx in a container, the oldest and the newest, to containers by their names."""

import json
from pathlib import Path

import pytest

from bluegreen import http
from bluegreen.deployment.cancellation import NeverCancelled
from bluegreen.deployment.proxy import Condition, Marker, PreviewRoute, Route
from bluegreen.deployment.runtime import Address
from bluegreen.deployment.states import Color
from nginx.file.kept import Kept
from nginx.router import NginxRouter
from tests.runtimes.in_memory import MemoryRuntime
from tests.stack.test_several_containers import APP, Location, place

__all__ = ["place"]
pytestmark = [pytest.mark.docker, pytest.mark.timeout(180)]

ASKS = Condition("header", "X-Preview", "0123456789abcdef")


class Named(MemoryRuntime):
    """Colours that are reached by their containers' names."""

    def address_in_network(self, color: Color) -> Address:
        return Address(f"app-{color}", 8000, dynamic=True)


def visited(place: Location, **headers: str) -> str:
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    answer = http.get(place.url, 5, headers=sent)
    return str(json.loads(answer.body)["color"]) if answer.status == 200 else str(answer)


def send(router: NginxRouter, epoch: int, color: Color, preview: PreviewRoute | None = None) -> None:
    marker = Marker(service="web", color=color, release="v", generation=2, epoch=epoch)
    with router.prepare(Route(marker, preview), NeverCancelled()) as change:
        change.commit()
    assert router.drain(change.retired, 15, NeverCancelled()) == 0


@pytest.mark.parametrize("image", ["NGINX_OLD_IMAGE", pytest.param("NGINX_IMAGE", marks=pytest.mark.long)])
def test_whoever_asks_reaches_the_other_container(
    place: Location, images: dict[str, str], tmp_path: Path, image: str
) -> None:
    place.start("variable", images[image], images["PYTHON_IMAGE"])
    place.run(place.python, ["python3", "-c", APP.replace("blue", "green")], alias="app-green")
    router = NginxRouter((place.proxy,), Named(), Kept(tmp_path / "kept"))

    send(router, 1, Color.BLUE, PreviewRoute(Color.GREEN, ASKS))

    place.eventually(lambda: visited(place, X_Preview=ASKS.value) == "green")
    assert {visited(place) for _ in range(20)} == {"blue"} == {visited(place, X_Preview="1")}
    send(router, 2, Color.GREEN)
    assert visited(place) == "green"
    send(router, 3, Color.BLUE)
    assert visited(place, X_Preview=ASKS.value) == "blue"
