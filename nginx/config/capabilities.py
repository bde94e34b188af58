"""What one nginx can do, and what it does already for others. Pure."""

import re
from dataclasses import dataclass, field

from bluegreen.deployment.receipt import AccessLog
from nginx.config.site import Misfit

Version = tuple[int, int, int]
#: nginx CHANGES 1.27.4: "the keepalive_min_timeout directive"
KEEPS_CONNECTIONS: Version = (1, 27, 4)


@dataclass(frozen=True)
class Capabilities:
    """What the nginx at hand can do, and what its other files do already."""

    version: Version
    #: another file sets keepalive_min_timeout: a second one would be refused as a duplicate
    sets_keepalive: bool
    #: another file names a resolver
    sets_resolver: bool = False
    sets_resolver_timeout: bool = False
    #: its addresses are those of the host itself, so that what listens on all of them is open to everybody
    is_on_host: bool = False
    #: where it writes the service's requests; no file of ours depends on it
    access_logs: tuple[AccessLog, ...] = field(default=(), compare=False)
    #: on which it listens for users
    ports: frozenset[int] = field(default=frozenset(), compare=False)
    #: by what it speaks to the service: "http", "grpc", "uwsgi", "fastcgi", "scgi"
    protocols: frozenset[str] = field(default=frozenset(), compare=False)
    #: what of the site's own does not go with our file
    misfits: tuple[Misfit, ...] = field(default=(), compare=False)
    #: what of it does not go with a maintenance
    unclosable: tuple[str, ...] = field(default=(), compare=False)

    @property
    def wants_keepalive(self) -> bool:
        return self.version >= KEEPS_CONNECTIONS and not self.sets_keepalive


def parse_version(text: str) -> Version:
    """From what `nginx -v` prints; (0, 0, 0) when it does not say."""
    found = re.search(r"nginx version: \S+/(\d+)\.(\d+)\.(\d+)", text)
    return (int(found[1]), int(found[2]), int(found[3])) if found else (0, 0, 0)
