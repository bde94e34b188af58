"""The text of a proxy file, made from a template. Pure."""

import zlib

from jinja2 import Environment, PackageLoader, StrictUndefined

from deployment.runtime import Address
from deployment.settings import Proxy
from nginx.abilities import Abilities
from nginx.content import Content

templates = Environment(
    loader=PackageLoader("nginx"),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    keep_trailing_newline=True,
    autoescape=False,  # nginx files, not HTML; all values were checked
)

#: the detour's port, where the status server has none
DETOUR_PORT = 8999


def render(proxy: Proxy, content: Content, address: Address | None, abilities: Abilities) -> str:
    """The whole file. No address: the proxy comes up and answers 502 until there is one."""
    return templates.get_template(f"{proxy.template}.conf.j2").render(
        content=content.as_json(),
        name=proxy.written_name,
        address=address,
        detour=detour_of(proxy, content.service) if address and address.dynamic else None,
        resolver=proxy.resolver,
        sets_resolver=abilities.sets_resolver,
        resolves=abilities.resolves_upstreams,
        keepalive_min_timeout=abilities.wants_keepalive,
        status_listen=_status_listen(proxy),
        status_host=status_host(content.service),
        status_path=f"/.bluegreen/{content.service}" if proxy.status_url else None,
    )


def status_host(service: str) -> str:
    """The Host header by which the status server of a service is asked."""
    return f"{service}.bluegreen"


def _status_listen(proxy: Proxy) -> str | None:
    if not proxy.status_port:
        return None
    # A container's port must be published or reached by its address; on a host, loopback is enough.
    return str(proxy.status_port) if proxy.container else f"127.0.0.1:{proxy.status_port}"


def detour_of(proxy: Proxy, service: str) -> str:
    """A loopback address of the service's own: several services may share one nginx, and all of 127/8 is there."""
    number = zlib.crc32(f"{service} {proxy.written_name}".encode())
    return (
        f"127.{number >> 16 & 127 | 64}.{number >> 8 & 255}.{number & 127 | 64}:{proxy.status_port or DETOUR_PORT}"
    )
