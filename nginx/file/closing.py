"""What a proxy file has more while maintenance is on: who goes on to the application, and the page. Pure."""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import IPv4Network, ip_network

from bluegreen.deployment.errors import ProxyRefused
from bluegreen.deployment.maintenance import Maintenance
from bluegreen.settings.service import ProxySettings
from nginx.config.capabilities import Capabilities

#: keys of the upstream's `hash`, whose first server is the page. nginx takes (crc32 >> 16) & 0x7fff of the key,
#: for the next try adds the same of the key with a 1 before it, and so on, and divides by the number of servers.
#: By the one key the first remainder is 0: the page. By the other none of four is 0 among up to 8 servers: each
#: try is one of the application's addresses
TO_PAGE, TO_APPLICATION = "closed-46018", "open-00033"
#: the port where the service has none of ours otherwise
PORT = 8999
#: bytes of a word of nginx's files, whose limit is 4096
PIECE = 3000


@dataclass(frozen=True)
class Closing:
    """The words of the templates."""

    #: the beginning of our variables' names
    variable: str
    #: where the page is answered: of loopback, and no other service's
    host: str
    address: str
    path: str
    allow: tuple[str, ...]
    #: the same as a pattern of addresses
    pattern: str
    secret: str
    retry_after: int
    pieces: tuple[str, ...]
    to_page: str = TO_PAGE
    to_application: str = TO_APPLICATION


def closing(proxy: ProxySettings, service: str, maintenance: Maintenance) -> Closing:
    """What the file of this proxy has more."""
    address = page_address(proxy, service)
    return Closing(
        variable=f"bluegreen_{hashlib.sha256(service.encode()).hexdigest()[:8]}",
        host=address.rpartition(":")[0],
        address=address,
        path=f"/.bluegreen/{service}/maintenance",
        allow=maintenance.allow,
        pattern="|".join(map(_pattern, maintenance.allow)) if proxy.template == "variable" else "",
        secret=maintenance.secret,
        retry_after=maintenance.retry_after,
        pieces=tuple(map(_quoted, _pieces(maintenance.page))),
    )


def page_address(proxy: ProxySettings, service: str) -> str:
    """Where this proxy answers with the service's page: on loopback, and no other service's."""
    digest = hashlib.sha256(service.encode()).digest()
    return f"127.{64 + digest[0] % 128}.{digest[1]}.{1 + digest[2] % 254}:{proxy.status_port or PORT}"


def expect_closable(proxy: ProxySettings, maintenance: Maintenance, capabilities: Capabilities) -> None:
    """Raise ProxyRefused where users would get something else than the page, or those who are allowed."""
    found = [*capabilities.unclosable]
    if proxy.template == "variable":
        found += [
            f'{each}: a network of IPv6 needs template = "upstream"; its addresses can be named'
            for each in maintenance.allow
            if ":" in each and "/" in each
        ]
    if found:
        raise ProxyRefused(
            f"{proxy.label}: the site's own files do not go with a maintenance",
            "\n".join(found),
            "Nothing was changed.",
        )


def _pattern(allowed: str) -> str:
    """Of addresses as nginx writes them."""
    network = ip_network(allowed)
    if not isinstance(network, IPv4Network):
        return f"^{re.escape(str(network.network_address))}$"
    return rf"^{'[.]'.join(_octets(network))}$"


def _octets(network: IPv4Network) -> Iterator[str]:
    first, last = network.network_address.packed, network.broadcast_address.packed
    for low, high in zip(first, last, strict=True):
        if low == high:
            yield str(low)
        else:
            yield "[0-9]+" if (low, high) == (0, 255) else f"(?:{'|'.join(map(str, range(low, high + 1)))})"


def _pieces(page: str) -> Iterator[str]:
    """Parts that are short enough each, with no character cut."""
    data = page.encode()
    while data:
        piece = data[:PIECE].decode("utf-8", "ignore")
        yield piece
        data = data[len(piece.encode()) :]


def _quoted(piece: str) -> str:
    r"""For single quotes. nginx knows no way to write a $, and HTML does."""
    return piece.replace("\\", "\\\\").replace("'", "\\'").replace("$", "&#36;")
