"""The name in a file of ours, and what it stood for when nginx loaded the file: the file says both. Pure."""

import re
from collections.abc import Collection

#: no request goes there; nginx answers 502, and starts
NOWHERE = "127.0.0.1:1 down"
_LINES = re.compile(r"^( *)# addresses of (\S+): (.*)\n *server .*;$", re.MULTILINE)
_NONE = "none"


def server_of(name: str) -> str:
    """The argument of an upstream's one `server`, for host:port with a name.

    A name may have several addresses, such as one of IPv6 on which the application does not listen: nginx must not
    leave one out for a while (max_fails), or it may be the only one that answers.
    """
    return f"{name} max_fails=0"


def listed(hosts: Collection[str]) -> str:
    """The addresses as the file has them."""
    return " ".join(sorted(hosts)) or _NONE


def hosts_in(text: str) -> frozenset[str] | None:
    """The addresses that the file says. None: it has no name in it, or is not ours."""
    found = _LINES.search(text)
    return frozenset(found[3].split()) - {_NONE} if found else None


def leading(text: str, somewhere: bool, hosts: Collection[str]) -> str:
    """The file as it leads to its name, or nowhere, and says these addresses; another file stays as it is."""

    def line(found: re.Match[str]) -> str:
        server = server_of(found[2]) if somewhere else NOWHERE
        return f"{found[1]}# addresses of {found[2]}: {listed(hosts)}\n{found[1]}server {server};"

    return _LINES.sub(line, text)
