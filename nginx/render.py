"""The text of a proxy file: made from a template, and read back. Pure."""

import re
import zlib
from dataclasses import dataclass, field

from jinja2 import Environment, PackageLoader, StrictUndefined
from pydantic import ValidationError

from deployment.frozen import Frozen
from deployment.receipt import AccessLog
from deployment.runtime import Address
from deployment.settings import Ports, Proxy
from deployment.states import Color

_MARK = "# bluegreen: "
templates = Environment(
    loader=PackageLoader("nginx"),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    keep_trailing_newline=True,
    autoescape=False,  # nginx files, not HTML; all values were checked
)

Version = tuple[int, int, int]
#: nginx CHANGES 1.27.4: "the keepalive_min_timeout directive"
KEEPS_CONNECTIONS: Version = (1, 27, 4)
#: nginx CHANGES 1.27.3: "the server directive in the upstream block supports the resolve parameter"
RESOLVES_UPSTREAMS: Version = (1, 27, 3)
#: the detour's port, where the status server has none
DETOUR_PORT = 8999


class Content(Frozen):
    """What a proxy file says of itself."""

    service: str
    color: Color | None
    release: str | None
    generation: int
    epoch: int

    @property
    def order(self) -> tuple[int, int]:
        """A file is never overwritten by a content of a smaller order."""
        return (self.generation, self.epoch)


@dataclass(frozen=True)
class Abilities:
    """What the nginx at hand can do, and what its other files do already."""

    version: Version
    #: another file sets keepalive_min_timeout: a second one would be refused as a duplicate
    sets_keepalive: bool
    #: another file names a resolver
    sets_resolver: bool = False
    #: where it writes the service's requests; no file of ours depends on it
    access_logs: tuple[AccessLog, ...] = field(default=(), compare=False)

    @property
    def wants_keepalive(self) -> bool:
        return self.version >= KEEPS_CONNECTIONS and not self.sets_keepalive


def render(proxy: Proxy, content: Content, address: Address | None, abilities: Abilities) -> str:
    """The whole file. No address: the proxy comes up and answers 502 until there is one."""
    return templates.get_template(f"{proxy.template}.conf.j2").render(
        content=content.model_dump_json(),
        name=proxy.written_name,
        address=address,
        detour=detour_of(proxy, content.service) if address and address.dynamic else None,
        resolver=proxy.resolver,
        sets_resolver=abilities.sets_resolver,
        resolves=abilities.version >= RESOLVES_UPSTREAMS,
        keepalive_min_timeout=abilities.wants_keepalive,
        status_listen=_status_listen(proxy),
        status_host=status_host(content.service),
        status_path=f"/.bluegreen/{content.service}" if proxy.status_url else None,
    )


def fenced(text: str, content: Content) -> str:
    """A file as it was, ours or somebody else's, that says this content: only the order has risen."""
    says = content.model_dump_json()
    said = next((line.removeprefix(_MARK) for line in text.splitlines() if line.startswith(_MARK)), None)
    return text.replace(said, says) if said else f"{_MARK}{says}\n{text}"


def parse(text: str | None) -> Content | None:
    """What the file, or the proxy's own answer, says; None when it is not ours."""
    for line in (text or "").splitlines():
        if line.startswith((_MARK, "{")):
            try:
                return Content.model_validate_json(line.removeprefix(_MARK))
            except ValidationError:
                return None
    return None


def guess_color(text: str | None, ports: Ports) -> Color | None:
    """The colour that a file which is not ours sends requests to, judged by the one port that it names."""
    named = {color for color in Color if re.search(rf":{ports.of(color)}\b", text or "")}
    return named.pop() if len(named) == 1 else None


def parse_version(text: str) -> Version:
    """From what `nginx -v` prints; (0, 0, 0) when it does not say."""
    found = re.search(r"nginx version: \S+/(\d+)\.(\d+)\.(\d+)", text)
    return (int(found[1]), int(found[2]), int(found[3])) if found else (0, 0, 0)


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
