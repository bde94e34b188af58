"""What the first reload of an adoption does to connections that users keep open: said before it comes."""

from cli.adopt.look import Nginx
from nginx.config.capabilities import KEEPS_CONNECTIONS, parse_version
from nginx.config.forwards import ports
from nginx.config.parser import parse
from nginx.reloads import open_connections


def closed_by_reload(nginx: Nginx) -> str | None:
    """What is lost by it, in a sentence; None where nothing is. The configuration that it leaves decides."""
    directives = parse(nginx.files)
    version = parse_version(nginx.machine.run("nginx", "-v").text)
    http = [each.name for top in directives if top.name == "http" for each in top.block]
    if version >= KEEPS_CONNECTIONS and "keepalive_min_timeout" in http:
        return None
    number = open_connections(nginx.machine, ports(directives))
    how_many = "how many are open is not known" if number is None else f"{number} are open at this moment"
    return (
        f"{nginx.label}: the reload closes idle kept connections, as any reload of the configuration that it has: "
        f"{how_many}. A request on its way on one of them may be cut; one on a connection of its own is not"
    )
