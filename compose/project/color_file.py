"""What a colour's compose file says, read from `docker compose config --format json`. Pure."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bluegreen.deployment.errors import PhaseFailed
from bluegreen.system.ports import Binding
from compose.project.commands import UNKNOWN
from compose.project.document import read_back

#: the addresses of a host by which anybody on it reaches a published port
USUAL = {"", "0.0.0.0", "::", "127.0.0.1"}


@dataclass(frozen=True)
class Origin:
    """The project of whose files a colour was made (`derive`)."""

    #: as Compose calls it
    project: str
    #: the application in its files
    service: str
    #: what must run for the application: a condition by the name of its service
    dependencies: Mapping[str, str]
    #: the volumes of the application by their keys, as the project defines them
    volumes: Mapping[str, Mapping[str, Any]]
    #: what became other, a line each
    changes: tuple[str, ...]


@dataclass(frozen=True)
class ColorService:
    """The colour's own service in its compose file."""

    name: str
    definition: Mapping[str, Any]
    #: what people have called it, where that is another name
    written_as: str = ""

    @property
    def title(self) -> str:
        """Its name in the file that people have written."""
        return self.written_as or self.name

    @property
    def builds(self) -> bool:
        return bool(self.definition.get("build"))

    @property
    def replicas(self) -> int:
        """How many containers Compose makes of it."""
        deploy = self.definition.get("deploy") or {}
        return int(self.definition.get("scale", deploy.get("replicas", 1)))

    @property
    def restart(self) -> str:
        """Its restart policy, by the Engine's name: Compose takes that of `deploy` where it has no other."""
        condition = ((self.definition.get("deploy") or {}).get("restart_policy") or {}).get("condition", "no")
        said = self.definition.get("restart") or {"any": "always", "none": "no"}.get(condition, condition)
        return str(said).partition(":")[0]

    @property
    def is_watched(self) -> bool | None:
        """Whether it has a HEALTHCHECK; None where its image decides."""
        check = self.definition.get("healthcheck") or {}
        if check.get("disable"):
            return False
        return None if check.get("test") is None else list(check["test"]) != ["NONE"]

    @property
    def image(self) -> str | None:
        return self.definition.get("image")

    @property
    def host_name(self) -> str | None:
        """Its name on its networks; None when it is on none (`network_mode: host` and the like)."""
        if self.definition.get("network_mode"):
            return None
        return self.definition.get("container_name") or self.name

    @property
    def published(self) -> dict[str, int]:
        """Container ports by the host port that leads to them."""
        return {
            str(port["published"]): int(port["target"])
            for port in self.definition.get("ports") or ()
            if port.get("published") and port.get("protocol", "tcp") == "tcp"
        }

    def host_ip(self, host_port: int | None) -> str | None:
        """The host's own address on which alone the port is published; None where its usual ones lead to it."""
        ports = self.definition.get("ports") or ()
        found = {port.get("host_ip", "") for port in ports if port.get("published") == str(host_port)}
        return None if found & USUAL else next(iter(found), None)

    def container_port(self, host_port: int | None) -> int | None:
        """Behind the host port, else the only one there is, else None."""
        if str(host_port) in self.published:
            return self.published[str(host_port)]
        return next(iter(self.targets)) if len(self.targets) == 1 else None

    @property
    def targets(self) -> set[int]:
        """The TCP ports in its container, published or not; what is exposed counts where none is."""
        mapped = self.definition.get("ports") or ()
        exposed = (text for text in map(_tcp_port, self.definition.get("expose") or ()) if text.isdigit())
        targets = {int(port["target"]) for port in mapped if port.get("protocol", "tcp") == "tcp"}
        return targets or {int(text) for text in exposed}


@dataclass(frozen=True)
class ColorFile:
    """A colour's compose file, as Compose itself understands it."""

    path: str
    content: Mapping[str, Any]
    #: where it was derived
    origin: Origin | None = None

    @property
    def services(self) -> Mapping[str, Mapping[str, Any]]:
        return self.content.get("services") or {}

    @property
    def builds(self) -> bool:
        """Whether any service is built here."""
        return any(definition.get("build") for definition in self.services.values())

    @property
    def bindings(self) -> dict[Binding, str]:
        """The host's TCP ports that its services publish, and which one does; a range is left out."""
        return {
            Binding(port.get("host_ip", ""), int(port["published"])): name
            for name, service in self.services.items()
            for port in service.get("ports") or ()
            if port.get("protocol", "tcp") == "tcp" and str(port.get("published") or "-").isdigit()
        }

    @property
    def external_networks(self) -> list[str]:
        """Networks that somebody else must have made, as far as their names are known."""
        networks = self.content.get("networks") or {}
        names = [network["name"] for network in networks.values() if network and network.get("external")]
        return [name for name in names if UNKNOWN not in name]

    @property
    def written(self) -> list[Path]:
        """Files and folders of the host that its services may write to."""
        mounts = (each for service in self.services.values() for each in service.get("volumes") or ())
        return [Path(each["source"]) for each in mounts if each["type"] == "bind" and not each.get("read_only")]

    def networks_of(self, service: ColorService) -> set[str]:
        """The Engine's names of the networks that a service is on; empty for `network_mode: host` and the like."""
        networks = self.content.get("networks") or {}
        keys = service.definition.get("networks") or ()
        return {(networks.get(key) or {}).get("name", key) for key in keys}

    def service(self, name: str) -> ColorService:
        """Raises PhaseFailed when there is none of this name."""
        if name in self.services:
            return ColorService(name, self.services[name], self.origin.service if self.origin else "")
        raise PhaseFailed(
            f"{self.path} has no service {name}",
            f"It has: {', '.join(self.services) or 'none'}",
            "Name it there, or set compose.service in the config file.",
        )


def parse(path: str, text: str) -> ColorFile:
    """Read Compose's output. Its warnings stand in the same output, each on a line of its own before the JSON."""
    for start, line in _lines(text):
        if line.startswith("{"):
            try:
                content, _ = json.JSONDecoder().raw_decode(text, start)
            except ValueError:
                break
            return ColorFile(path, read_back(content))
    raise PhaseFailed(f"docker compose does not show {path} as JSON", text[:500], "It takes Compose v2.")


def _lines(text: str) -> list[tuple[int, str]]:
    found, start = [], 0
    for line in text.splitlines(keepends=True):
        found.append((start, line))
        start += len(line)
    return found


def _tcp_port(exposed: object) -> str:
    return str(exposed).removesuffix("/tcp")
