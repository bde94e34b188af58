"""What is on the Engine at one moment: one question for all containers, and one for all networks."""

from collections.abc import Mapping, Set
from dataclasses import dataclass
from typing import Any

from docker import DockerClient

from bluegreen.system.ports import Binding

#: the states in which a container holds its ports
UP = ("running", "paused", "restarting")


@dataclass(frozen=True)
class Listed:
    """A container."""

    name: str
    is_up: bool
    labels: Mapping[str, str]
    networks: Set[str]
    #: the host's TCP ports that lead to it
    bindings: Set[Binding]


@dataclass(frozen=True)
class Present:
    """All containers, running or not, and the names of all networks."""

    containers: tuple[Listed, ...]
    networks: Set[str]


def present(client: DockerClient) -> Present:
    """Look now."""
    containers = tuple(map(_listed, client.api.containers(all=True)))
    return Present(containers, {each["Name"] for each in client.api.networks()})


def _listed(container: Mapping[str, Any]) -> Listed:
    # beside its own name a container may have one from each that links to it: /other/name
    own = next((name for name in container["Names"] or () if name.count("/") == 1), "")
    mapped = (each for each in container["Ports"] or () if each["Type"] == "tcp" and each.get("PublicPort"))
    return Listed(
        name=own.removeprefix("/"),
        is_up=container["State"] in UP,
        labels=container["Labels"] or {},
        networks=set((container.get("NetworkSettings") or {}).get("Networks") or ()),
        bindings={Binding(each.get("IP") or "", int(each["PublicPort"])) for each in mapped},
    )
