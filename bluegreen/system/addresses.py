"""By which names and addresses this host is reached."""

import socket

import psutil


def names_of_host() -> set[str]:
    """By which this host is reached, from itself and from its containers."""
    own = own_addresses()
    return {"localhost", "host.docker.internal", "127.0.0.1", "[::1]", *own, *(f"[{each}]" for each in own)}


def own_addresses() -> set[str]:
    """Of this host's network interfaces; none where the system does not list them (psutil: RuntimeError)."""
    try:
        interfaces = psutil.net_if_addrs()
    except (OSError, RuntimeError):
        return set()
    return {
        each.address.partition("%")[0]
        for addresses in interfaces.values()
        for each in addresses
        if each.family in (socket.AF_INET, socket.AF_INET6)
    }
