"""What must hold before a colour is touched: each check raises PhaseFailed with what to do about it."""

from collections.abc import Collection, Sequence
from pathlib import Path

from bluegreen.deployment.errors import CommandFailed, PhaseFailed
from bluegreen.deployment.runtime import Weakness
from bluegreen.settings.service import ProxySettings
from bluegreen.system.programs import run
from compose.engine.client import engine
from compose.engine.inspection import shares_network
from compose.engine.plugin import DOCKER_COMPOSE
from compose.engine.present import Present
from compose.instances import FOLDER_LABEL, PROJECT_LABEL, SERVICE_LABEL
from compose.ports import origin
from compose.project import commands, host_ports
from compose.project.color_file import ColorFile, ColorService

#: seconds for `docker compose version`
SHORT = 30.0
#: restart policies by which a container comes back with the Engine, however it ended
KEEPS_UP = ("always", "unless-stopped")


def check_tools() -> str:
    """Compose's version. PhaseFailed names which of the docker command, Compose and the Engine does not answer."""
    try:
        output = run([*DOCKER_COMPOSE, *commands.version()], timeout=SHORT)
    except CommandFailed as error:
        advice = "Install Docker, and see that `docker` is on the PATH of the worker."
        raise PhaseFailed("the docker command does not run", error.what, advice) from error
    if output.status != 0:
        advice = "Install Compose v2, Docker's compose plugin."
        raise PhaseFailed("`docker compose` is missing", output.text.strip()[:500], advice)
    with engine() as client:
        client.ping()
    return output.text.strip()


def check_ports(
    path: str, own: ColorService, host_port: int, container_port: int | None, proxies: Sequence[ProxySettings]
) -> None:
    """The service publishes the colour's port; or none, where its own port is known, and reached without."""
    if str(host_port) in own.published:
        return
    if own.published:
        raise PhaseFailed(
            f"{path}: {own.title} publishes {', '.join(own.published)}, not {host_port}",
            advice="Make ports in the compose file and ports in the config file agree.",
        )
    publish = f'Publish one there (ports: "127.0.0.1:{host_port}:8000")'
    if (container_port or own.container_port(host_port)) is None:
        raise PhaseFailed(
            f"{path}: {own.title} has no port that leads to it",
            advice=f"{publish}, or set compose.container_port.",
        )
    if own.host_name is not None:
        expect_no_port_needed(path, own, proxies, f"{publish}.")


def expect_no_port_needed(path: str, own: ColorService, proxies: Sequence[ProxySettings], advice: str) -> None:
    """Raise PhaseFailed where a proxy, or the health check, reaches the colours by ports of this host."""
    if needing := [proxy.label for proxy in proxies if proxy.upstream_address or not proxy.container]:
        raise PhaseFailed(
            f"{path}: {own.title} publishes no port",
            f"{', '.join(needing)} reaches the colours by ports of a host",
            advice,
        )
    with engine() as client:
        if not shares_network(client):
            raise PhaseFailed(
                f"{path}: {own.title} publishes no port",
                "Its health is asked from this host, from which containers' own addresses are not reached",
                advice,
            )


def expect_reached(proxies: Sequence[ProxySettings], published: Collection[str], port: int) -> None:
    """Raise PhaseFailed unless the proxies reach a derived colour's port where it is published."""
    with engine() as client:
        if shares_network(client):
            host_ports.expect_reached(proxies, published, port)


def check_replicas(path: str, own: ColorService) -> None:
    """The colour is one container: its health is asked at one address."""
    if own.replicas != 1:
        raise PhaseFailed(
            f"{path}: {own.title} has {own.replicas} replicas",
            "A colour's own service is asked for its health, and sent requests, as one container",
            "Take replicas (or scale) out there, and have more workers in it; services beside it may have them.",
        )


def weaknesses(path: str, own: ColorService, missed: str = "the site stays down") -> Collection[Weakness]:
    """One where a restart of the host would leave it down. `missed`: what comes of that."""
    if own.restart in KEEPS_UP:
        return ()
    kind = f"restart: {own.restart}" if own.restart == "on-failure" else "no restart policy"
    what = f"{path}: {own.title} has {kind}, by which {missed} after a restart of this host"
    return (Weakness(what, f"Write `restart: unless-stopped` under {own.title} there."),)


def check_networks(present: Present, file: ColorFile, shared: Sequence[str]) -> None:
    """The networks that the colour expects others to have made are there."""
    missing = [name for name in file.external_networks if name not in present.networks]
    if missing:
        start = " ".join(["docker compose", *(f"-f {name}" for name in shared), "up -d"])
        raise PhaseFailed(
            f"{file.path}: there is no network {', '.join(missing)}",
            advice=f"Start what both colours share first: {start}",
        )


def check_dependencies(present: Present, file: ColorFile, files: Sequence[str]) -> None:
    """What the application depends on in its own project runs: a colour starts nothing beside itself."""
    if file.origin is None:
        return
    project = file.origin.project
    up = {
        each.labels.get(SERVICE_LABEL)
        for each in present.containers
        if each.is_up and each.labels.get(PROJECT_LABEL) == project
    }
    if missing := [name for name in file.origin.dependencies if name not in up]:
        start = " ".join(["docker compose", *(f"-f {name}" for name in files), "up -d", *missing])
        raise PhaseFailed(
            f"{file.path}: {file.origin.service} depends on {', '.join(missing)}, of which no container runs",
            f"none of the Compose project {project} does",
            f"Start what it needs first: {start}",
        )


def check_proxies(present: Present, file: ColorFile, own: ColorService, proxies: Sequence[ProxySettings]) -> None:
    """Each proxy in a container, unless it has a `host`, shares a network with the colour."""
    names = {proxy.container for proxy in proxies if proxy.container and not proxy.upstream_address}
    for each in present.containers:
        if each.name in names and each.is_up and not each.networks & file.networks_of(own):
            raise PhaseFailed(
                f"the proxy {each.name} shares no network with {own.title}",
                f"It is on: {', '.join(sorted(each.networks)) or 'none'}; {own.title} is on:"
                f" {', '.join(sorted(file.networks_of(own))) or 'none'}",
                f"Name one of the proxy's networks in {file.path} with `external: true`, or set the proxy's"
                " upstream_address.",
            )


def check_name_is_free(present: Present, own: ColorService, project: str) -> None:
    """A fixed container_name is not taken by a container that is not ours."""
    wanted = own.definition.get("container_name")
    for each in present.containers:
        if each.name == wanted and each.labels.get(PROJECT_LABEL) != project:
            raise PhaseFailed(
                f"the name {wanted} is taken by a container {origin(each.labels)}",
                advice=f"When it serves nothing any more: docker rm -f {wanted}",
            )


def check_project_is_ours(present: Present, project: str, folder: Path) -> None:
    """No other folder of this host has a Compose project of this name: its containers would be taken for ours."""
    for each in present.containers:
        there = Path(each.labels.get(FOLDER_LABEL, folder))
        if each.labels.get(PROJECT_LABEL) == project and there.is_dir() and not there.samefile(folder):
            raise PhaseFailed(
                f"the Compose project {project} is that of {there}",
                f"the container {each.name} belongs to it, and this colour's file is in {folder}",
                "Two sites on one host need services of different names in their config files.",
            )


def check_host_name_is_free(
    present: Present, file: ColorFile, own: ColorService, project: str, proxies: Sequence[ProxySettings]
) -> None:
    """No other container answers to the name by which a proxy reaches the colour: it would get users' requests."""
    by_name = any(proxy.container and not proxy.upstream_address for proxy in proxies)
    for each in present.containers if by_name else ():
        others = each.is_up and each.labels.get(PROJECT_LABEL) != project and each.networks & file.networks_of(own)
        if others and own.host_name in (each.name, each.labels.get(SERVICE_LABEL)):
            raise PhaseFailed(
                f"the name {own.host_name} is also that of {each.name}",
                f"it is {origin(each.labels)}, on the network {', '.join(sorted(others))}",
                f"Give the service in {file.path} a name of its own, and set compose.service.",
            )
