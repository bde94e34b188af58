"""A colour made of the application's service in the project's own compose files. Pure.

Each line of what becomes other says why.
"""

import copy
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from bluegreen.deployment.errors import PhaseFailed
from compose.project.color_file import ColorFile, ColorService, Origin
from compose.project.not_alone import refuse_what_is_not_alone

Parts = dict[str, Any]

#: keys that are left out, and why
LEFT_OUT = {
    "container_name": "each colour has a name of its own",
    "hostname": "each colour has a name of its own",
    "profiles": "bluegreen alone starts a colour",
    "links": "other services are reached by their names on the networks",
    "depends_on": "what it depends on runs already, and stays",
}
#: of a network that the service is on: both colours are there at once, and the service of the project perhaps, too
OF_ONE_ALONE = ("aliases", "ipv4_address", "ipv6_address", "link_local_ips", "mac_address")
#: a dependency that has done its work once it ends
ENDS = "service_completed_successfully"


@dataclass(frozen=True)
class Wish:
    """What a colour is to be."""

    #: its Compose project, and its service there: no other container on the networks has that name
    name: str
    #: the application's service in the files
    service: str
    container_port: int | None
    #: of this host, published at each of the addresses ("": at all); None: none
    host_port: int | None = None
    addresses: tuple[str, ...] = ()
    has_migrations: bool = False
    #: services of the files that belong to the release, too: they begin once the application runs
    background: frozenset[str] = frozenset()


def derived(file: ColorFile, wish: Wish) -> ColorFile:
    """The colour's file. Raises PhaseFailed for what a colour cannot have, by its name."""
    own = file.service(wish.service)
    project = str(file.content.get("name", ""))
    expect_another_name(file, project, wish.name)
    refuse_what_is_not_alone(file, own)
    refuse_unfinished(file, own, wish.has_migrations)
    definition, changes = copy.deepcopy(dict(own.definition)), list(_changes(file, own, wish))
    port = _container_port(file, own, wish)
    for key in (*LEFT_OUT, "ports"):
        definition.pop(key, None)
    definition["container_name"] = wish.name
    definition["expose"] = [str(port)]
    definition["networks"] = {key: on_network(each) for key, each in (definition.get("networks") or {}).items()}
    if wish.host_port is not None:
        definition["ports"] = _published(wish, port)
    content = {
        "name": wish.name,
        "services": {wish.name: definition},
        "networks": {key: as_external(file, "networks", key) for key in definition["networks"]},
        "volumes": {key: as_external(file, "volumes", key) for key in volumes_of(definition)},
        **{kind: used(file, kind, definition) for kind in ("configs", "secrets")},
    }
    return ColorFile(file.path, content, _origin(file, own, project, changes, wish.background))


def expect_another_name(file: ColorFile, project: str, name: str) -> None:
    """The colour has all containers of its Compose project: what else were there, it would remove."""
    if project == name:
        raise PhaseFailed(
            f"{file.path}: its Compose project is called {project}, as the colour's would be",
            advice=f"Give the project another name (`name:` in {file.path}), or the service in the config file.",
        )


def refuse_unfinished(file: ColorFile, own: ColorService, has_migrations: bool) -> None:
    """What ends before the service begins is run again with each version, and by nobody here."""
    for name, each in (own.definition.get("depends_on") or {}).items():
        if (each or {}).get("condition") == ENDS and each.get("required", True) and not has_migrations:
            raise PhaseFailed(
                f"{file.path}: {own.name} begins once {name} has ended, and nobody runs {name} for a colour",
                advice=f"Write what {name} does as migrate.command in the config file, which is run once for each"
                f" release; or say `required: false` under {own.name}.depends_on.{name} there.",
            )


def _changes(file: ColorFile, own: ColorService, wish: Wish) -> Iterator[str]:
    """What becomes other, a line each."""
    yield f"services: {wish.service} alone, as {wish.name}: the project's own {wish.service} has another name"
    for key, why in LEFT_OUT.items():
        if own.definition.get(key):
            yield f"{key}: left out: {why}"
    for network, each in (own.definition.get("networks") or {}).items():
        for key in OF_ONE_ALONE:
            if (each or {}).get(key):
                yield f"networks.{network}.{key}: left out: both colours are there at once"
    if own.definition.get("ports"):
        yield "ports: left out: both colours run at once"
    if wish.host_port is not None:
        where = ", ".join(each or "all addresses" for each in wish.addresses)
        yield f"ports: {wish.host_port} of this host, on {where}"
    for kind in ("networks", "volumes"):
        keys = own.definition.get("networks") or {} if kind == "networks" else volumes_of(own.definition)
        both = ": both colours have what is in there at once" if kind == "volumes" else ""
        if names := [as_external(file, kind, key)["name"] for key in keys]:
            yield f"{kind}: {', '.join(names)}, which the project has{both}"
    if folders := _written_by_both(own):
        yield f"mounts: {', '.join(folders)} of this host: both colours write there at once"


def _written_by_both(own: ColorService) -> list[str]:
    mounts = own.definition.get("volumes") or ()
    return [each["source"] for each in mounts if each.get("type") == "bind" and not each.get("read_only")]


def _origin(
    file: ColorFile, own: ColorService, project: str, changes: list[str], background: frozenset[str]
) -> Origin:
    return Origin(
        project=project,
        service=own.name,
        dependencies={name: each for name, each in dependencies_of(own).items() if name not in background},
        volumes={key: defined(file, "volumes", key) for key in volumes_of(own.definition)},
        changes=tuple(changes),
    )


def dependencies_of(own: ColorService) -> dict[str, str]:
    """What must run for the service: a condition by the name of each."""
    needed = {link.partition(":")[0]: "service_started" for link in own.definition.get("links") or ()}
    needed |= {
        name: str((each or {}).get("condition", "service_started"))
        for name, each in (own.definition.get("depends_on") or {}).items()
        if (each or {}).get("required", True)
    }
    return {name: each for name, each in needed.items() if each != ENDS}


def _container_port(file: ColorFile, own: ColorService, wish: Wish) -> int:
    if port := wish.container_port or own.container_port(None):
        return port
    ports = sorted(own.targets)
    raise PhaseFailed(
        f"{file.path}: it is not known at which port {own.name} answers",
        f"it has the ports {', '.join(map(str, ports))}" if ports else "it has neither `expose` nor `ports`",
        "Set compose.container_port in the config file: the port inside the container.",
    )


def _published(wish: Wish, port: int) -> list[Parts]:
    plain = {"mode": "ingress", "target": port, "published": str(wish.host_port), "protocol": "tcp"}
    return [plain | ({"host_ip": address} if address else {}) for address in wish.addresses]


def on_network(each: Mapping[str, Any] | None) -> Parts | None:
    """How the service is on a network, but for what one container alone can have there."""
    return {key: value for key, value in (each or {}).items() if key not in OF_ONE_ALONE} or None


def as_external(file: ColorFile, kind: str, key: str) -> Parts:
    """The network or volume of the project, as somebody else's."""
    return {"name": defined(file, kind, key)["name"], "external": True}


def defined(file: ColorFile, kind: str, key: str) -> Parts:
    """As the project defines it."""
    return {"name": key, **((file.content.get(kind) or {}).get(key) or {})}


def volumes_of(definition: Mapping[str, Any]) -> list[str]:
    """The keys of the named volumes that a service mounts."""
    mounts = definition.get("volumes") or ()
    return list(
        dict.fromkeys(each["source"] for each in mounts if each["type"] == "volume" and each.get("source"))
    )


def used(file: ColorFile, kind: str, definition: Mapping[str, Any]) -> Parts:
    """Of the configs or secrets those that the service, or its build, has."""
    mounted = [*(definition.get(kind) or ()), *((definition.get("build") or {}).get(kind) or ())]
    known = file.content.get(kind) or {}
    return {each["source"]: known[each["source"]] for each in mounted if each.get("source") in known}
