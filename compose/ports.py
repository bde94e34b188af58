"""Who holds a host port: a container, another program, or nobody."""

from collections.abc import Mapping, Sequence

from bluegreen.deployment.errors import PhaseFailed
from bluegreen.system import platform
from bluegreen.system.addresses import own_addresses
from bluegreen.system.ports import ANY, Binding, described, holder
from compose.engine.client import engine, is_local
from compose.engine.inspection import shares_network
from compose.engine.present import Present
from compose.instances import PROJECT_LABEL
from compose.project.color_file import ColorFile, ColorService


def check_ports_are_free(
    present: Present, file: ColorFile, own: ColorService, host_port: int | None, project: str
) -> None:
    """Raise PhaseFailed unless nobody holds the ports that the colour publishes, or containers of its own project.

    On the host's own network a colour publishes nothing, and takes its port itself.
    """
    wanted = dict(file.bindings)
    if host_port is not None and own.host_name is None and not _is_on_host(present, project):
        wanted[Binding("", host_port)] = own.name
    for binding, name in wanted.items():
        service = own.title if name == own.name else name
        if holder := _holder(present, binding, project):
            raise PhaseFailed(
                f"port {binding} is held by {holder}",
                advice="Stop that one once it serves nothing, or give the colour another port in the config file."
                if binding.port == host_port
                else f"The colours run side by side, so that each needs another port for {service}, or none: "
                f"correct its ports in {file.path}.",
            )


def check_addresses(file: ColorFile) -> None:
    """Raise PhaseFailed where a port is published at an address that this host does not have."""
    for binding, service in file.bindings.items():
        if not binding.address or platform.has_address(binding.address):
            continue
        with engine() as client:
            if shares_network(client):
                known = sorted(each for each in own_addresses() if not each.startswith("fe80:"))
                raise PhaseFailed(
                    f"{file.path}: {service} publishes {binding}, and this host has no such address",
                    f"It has: {', '.join(known)}",
                    "Correct its ports there, or leave the address out.",
                )


def _is_on_host(present: Present, project: str) -> bool:
    """Whether the colour runs there on the host's own network, where its port is its own."""
    found = (each for each in present.containers if each.labels.get(PROJECT_LABEL) == project)
    return any(each.is_up and "host" in each.networks for each in found)


def _holder(present: Present, binding: Binding, project: str) -> str | None:
    """Who has the port at this address, or at one that stands for it; None where that is nobody, or the colour."""
    for each in present.containers:
        if each.is_up and any(map(binding.overlaps, each.bindings)):
            if each.labels.get(PROJECT_LABEL) == project:
                return None
            return f"container {each.name} {origin(each.labels)}"
    # Only of this host can we say more: a remote Engine's ports are not ours to bind.
    families = [binding.address] if binding.address else ANY.values()
    if not is_local() or all(platform.can_listen(binding.port, address) for address in families):
        return None
    return described(holder(binding))


def published(ports: Mapping[str, Sequence[Mapping[str, str]] | None]) -> set[int]:
    """Host ports, from what the Engine says of a container's TCP ports."""
    mappings = (mapping for name, found in ports.items() if name.endswith("/tcp") for mapping in found or ())
    return {int(mapping["HostPort"]) for mapping in mappings}


def origin(labels: Mapping[str, str]) -> str:
    """Where a container comes from, to follow its name in a sentence."""
    project = labels.get(PROJECT_LABEL)
    return f"of the Compose project {project}" if project else "that Compose did not make"
