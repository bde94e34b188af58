"""What the Engine's answers about a container mean: its nginx workers, and how to reach it. Mostly pure."""

import itertools
import re
from collections.abc import Mapping
from typing import Any

from docker import DockerClient

from bluegreen.system import platform
from compose.engine.client import bracketed, is_local

MASTER_TITLE = "nginx: master process"
#: of nginx: file, prefix, error log and directives, each with its value, which may have spaces
_OPTION = re.compile(r" (-[cpeg]) ?(.+?)(?= -[A-Za-z]|$)")
WORKER_TITLE = "nginx: worker process"


def workers_in(titles: Mapping[int, str]) -> dict[int, str]:
    """nginx's workers among the processes of a container."""
    return {number: title for number, title in titles.items() if title.startswith(WORKER_TITLE)}


def master_in(titles: Mapping[int, str]) -> int | None:
    """The process id of nginx's master among the processes of a container."""
    return next((number for number, title in titles.items() if title.startswith(MASTER_TITLE)), None)


def nginx_call(titles: Mapping[int, str]) -> tuple[str, ...] | None:
    """The program and the options with which nginx's master was started, as its title has them."""
    title = titles.get(master_in(titles) or 0, "").removeprefix(MASTER_TITLE).strip()
    if not title:
        return None
    program, options = title.partition(" ")[0], (found for found in _OPTION.findall(title))
    # one that was found on the PATH, or from another folder, is found there again
    return (program if program.startswith("/") else "nginx", *(word for each in options for word in each))


def published_url(ports: Mapping[str, Any], port: int, host: str) -> str | None:
    """The URL of a published TCP port, from the Engine's mappings; IPv4 goes first."""
    mappings = sorted(ports.get(f"{port}/tcp") or (), key=lambda mapping: ":" in mapping["HostIp"])
    if not mappings:
        return None
    address = mappings[0]["HostIp"]
    # the Engine's host may have brackets already
    if address in ("", "0.0.0.0", "::"):
        address = host
    elif ":" in address:
        address = f"[{address}]"
    return f"http://{address}:{mappings[0]['HostPort']}"


def inner_url(attributes: Mapping[str, Any], port: int) -> str | None:
    """The URL of a port that is not published: on one of the container's networks, or the host's own."""
    host = inner_host(attributes)
    return f"http://{host}:{port}" if host else None


def inner_host(attributes: Mapping[str, Any]) -> str | None:
    """The container's address on one of its networks, or the host's own; None when it has none just now."""
    if attributes["HostConfig"]["NetworkMode"] == "host":
        return "127.0.0.1"
    networks = attributes["NetworkSettings"]["Networks"] or {}
    found = ((each["IPAddress"], each.get("GlobalIPv6Address")) for each in networks.values())
    addresses = sorted(filter(None, itertools.chain(*found)), key=lambda address: ":" in address)
    return bracketed(addresses[0]) if addresses else None


def shares_network(client: DockerClient) -> bool:
    """Whether containers' own addresses can be reached: not through Docker Desktop, nor a rootless Engine."""
    if not platform.shares_network_with_docker() or not is_local():
        return False
    info = client.info()
    rootless = any("rootless" in option for option in info.get("SecurityOptions") or ())
    return not rootless and info.get("OperatingSystem") != "Docker Desktop"
