"""Volumes that would part users' data between the colours, and those that do not."""

from typing import Any

import docker
import pytest

from bluegreen.deployment.errors import PhaseFailed
from bluegreen.deployment.states import Color
from compose.project.color_file import ColorFile
from compose.project.volumes import split
from tests.compose.app import App


def parted(definition: dict[str, Any], **mount: Any) -> list[str]:
    mounts = [{"type": "volume", "source": "data", "target": "/data"} | mount]
    content = {"services": {"web": {"volumes": mounts}}, "volumes": {"data": definition}}
    return split(ColorFile("blue.yml", content), "site-blue")


@pytest.mark.unit
def test_a_volume_of_the_projects_own_is_one_for_each_colour() -> None:
    assert parted({"name": "site-blue_data"}) == ["data"]


@pytest.mark.unit
@pytest.mark.parametrize(
    ("definition", "mount"),
    [
        ({"name": "site_data"}, {}),
        ({"name": "site-blue_data", "external": True}, {}),
        ({"name": "site-blue_data", "driver_opts": {"type": "nfs", "o": "addr=10.0.0.1", "device": ":/data"}}, {}),
        ({"name": "site-blue_data"}, {"source": None}),
        ({"name": "site-blue_data"}, {"type": "bind", "source": "/data"}),
    ],
    ids=["a name of its own", "somebody else's", "elsewhere", "anonymous", "not used"],
)
def test_any_other_one_is_not(definition: dict[str, Any], mount: dict[str, Any]) -> None:
    assert parted(definition, **mount) == []


@pytest.mark.docker
def test_it_is_refused_with_the_lines_that_mend_it(app: App, engine: docker.DockerClient) -> None:
    web = {"build": ".", "ports": [f"{app.ports['blue']}:8000"], "volumes": ["data:/data"]}

    def complaint(**definition: Any) -> str:
        app.raw_compose_file(Color.BLUE, {"services": {"app-blue": web}, "volumes": {"data": definition}})
        with pytest.raises(PhaseFailed, match="each colour would have a volume data of its own") as refused:
            app.runtime.preflight(Color.BLUE)
        return refused.value.advice

    assert f"volumes:\n  data: {{name: {app.name}_data}}" in complaint()
    users = engine.volumes.create(f"{app.name}-green_data")
    try:
        assert f"volumes:\n  data: {{name: {users.name}, external: true}}" in complaint()
        app.raw_compose_file(
            Color.BLUE,
            {"services": {"app-blue": web}, "volumes": {"data": {"name": users.name, "external": True}}},
        )
        app.runtime.preflight(Color.BLUE)
    finally:
        users.remove()
