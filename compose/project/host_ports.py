"""At which addresses of the Engine's host a derived colour's port is published, and who reaches it there."""

from collections.abc import Collection, Sequence

from bluegreen.deployment.errors import PhaseFailed
from bluegreen.settings.service import ProxySettings

LOOPBACK = "127.0.0.1"


def addresses_of(proxies: Sequence[ProxySettings], of_host: Collection[str], is_local: bool) -> tuple[str, ...]:
    """Loopback, and what of this host's addresses the proxies go by. "", all of them, of an Engine elsewhere.

    `of_host`: the addresses of this host; a container reaches none but these, and not its loopback.
    """
    if not is_local:
        return ("",)
    asked = (each.upstream_address.strip("[]") for each in proxies if each.upstream_address)
    return tuple(dict.fromkeys((LOOPBACK, *(address for address in asked if address in of_host))))


def expect_reached(proxies: Sequence[ProxySettings], published: Collection[str], port: int) -> None:
    """Raise PhaseFailed where a proxy in a container goes by an address of this host that is not among these.

    For an Engine whose containers share this host's network; a virtual machine leads its own to loopback.
    """
    for each in proxies:
        address = (each.upstream_address or "").strip("[]")
        if (
            address
            and each.container
            and "" not in published
            and (address not in published or address == LOOPBACK)
        ):
            raise PhaseFailed(
                f"{each.label} would reach the colour at {address}:{port}, where it is not published",
                f"a derived colour's port is published at {', '.join(published)}",
                "Set upstream_address to an address of this host that containers reach, such as that of docker0: "
                "172.17.0.1. A proxy on a network of the project needs neither upstream_address nor ports.",
            )
