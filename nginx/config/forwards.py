"""The places of a configuration from which requests are sent on by a name, with what is in force there. Pure."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from nginx.config.parser import Directive

PROTOCOLS = frozenset(("http", "grpc", "uwsgi", "fastcgi", "scgi"))
#: the blocks in which requests may be answered
_INNER = ("location", "if", "limit_except")


@dataclass(frozen=True)
class Spot:
    """A block that sends requests on by our name, with those around it."""

    #: `http`, the server, and so on, the block itself last
    blocks: tuple[Sequence[Directive], ...]
    #: "server www.example.org, location /api"
    where: str
    #: the `proxy_pass` or the like
    sends: Directive
    #: what stands around our name in its argument
    before: str
    after: str
    #: which of the blocks is the innermost location; the server where there is none
    location: int

    @property
    def runs(self) -> tuple[Sequence[Directive], ...]:
        """Whose `set` and `rewrite` nginx goes through: a location does not inherit those of one around it."""
        return (self.server, *self.blocks[max(self.location, 2) :])

    @property
    def server(self) -> Sequence[Directive]:
        return self.blocks[1]

    def in_force(self, name: str) -> list[Directive]:
        """Those of the innermost block that has any: they replace what stands further out."""
        found = ([each for each in block if each.name == name] for block in reversed(self.blocks))
        return next(filter(None, found), [])

    def is_on(self, name: str) -> bool:
        return any(each.arguments[:1] not in ((), ("off",)) for each in self.in_force(name))


def ports(configuration: Sequence[Directive]) -> frozenset[int]:
    """Those on which the servers of the `http` block listen."""
    http = [each for top in configuration if top.name == "http" for each in top.block]
    listens = [each.arguments[0] for server in http for each in server.block if each.name == "listen"]
    found = (re.search(r"(?:^|:)(\d+)$", each) for each in listens if not each.startswith("unix:"))
    return frozenset(int(each[1]) if each else 80 for each in found)


def protocols(configuration: Sequence[Directive], name: str, is_variable: bool) -> frozenset[str]:
    """By what requests are sent on: "http", "grpc", "uwsgi", "fastcgi", "scgi"; none, where none are."""
    found = {spot.sends.name.removesuffix("_pass") for spot in spots(configuration, name, is_variable)}
    return frozenset("http" if each == "proxy" else each for each in found) & PROTOCOLS


def spots(configuration: Sequence[Directive], name: str, is_variable: bool) -> Iterator[Spot]:
    """Where requests are sent to the upstream, or to what the variable says."""
    named = rf"\$(?:{name}\b|\{{{name}\}})" if is_variable else rf"{re.escape(name)}(?=[/:$]|$)"
    argument = re.compile(rf"(.*?){named}(.*)" if is_variable else rf"((?:\w+://)?){named}(.*)")
    for http in (each.block for each in configuration if each.name == "http"):
        for server in (each for each in http if each.name == "server"):
            called = [word for each in server.block if each.name == "server_name" for word in each.arguments]
            where = " ".join(["server", *called[:1]])
            yield from _spots((http, server.block), where, argument, 1)


def _spots(
    blocks: tuple[Sequence[Directive], ...], where: str, argument: re.Pattern[str], location: int
) -> Iterator[Spot]:
    for each in blocks[-1]:
        if each.name.endswith("_pass") and each.arguments and (found := argument.fullmatch(each.arguments[0])):
            yield Spot(blocks, where, each, found[1], found[2], location)
        elif each.name in _INNER:
            inner = f"{where}, {' '.join((each.name, *each.arguments))}"
            yield from _spots(
                (*blocks, each.block), inner, argument, location if each.name == "if" else len(blocks)
            )
