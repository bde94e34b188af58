"""Where each place of a site sends its requests: through which upstream, and to which hosts. Pure."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from nginx.config.forwards import PROTOCOLS
from nginx.config.parser import Directive

#: scheme, host, port and the rest of an argument that names a host
_ARGUMENT = re.compile(r"(\w+://|(?!\w+://))(\[[0-9A-Fa-f:.]+\]|[\w.-]+)((?::\d+)?)(.*)", re.DOTALL)
_VARIABLE = re.compile(r"\$(?:(\w+)|\{(\w+)\})")
_SENDS = frozenset(f"{'proxy' if each == 'http' else each}_pass" for each in PROTOCOLS)
_ENCRYPTED = ("https://", "grpcs://")


@dataclass(frozen=True)
class Pass:
    """A `proxy_pass` or the like."""

    sends: Directive
    #: around the host and its port in its argument, once variables that have one value are filled in
    before: str
    after: str
    #: the host as the argument has it: of a machine, or an upstream
    host: str
    #: that it sends requests through; None: straight to the host
    upstream: Directive | None
    #: host:port pairs, nginx's own port where it names none
    targets: tuple[str, ...]
    server: Directive
    #: the innermost location with its arguments; None outside of any
    location: Directive | None
    #: the Host header that it sets, if it sets one
    host_header: str | None

    @property
    def where(self) -> str:
        """For a sentence: "location /api"."""
        return " ".join(("location", *self.location.arguments)) if self.location else "server"

    def sends_to(self, name: str) -> bool:
        """Whether it names the upstream of that name, and in so many words."""
        return self.upstream is not None and self.host == name and not self.is_variable

    @property
    def is_variable(self) -> bool:
        return "$" in self.sends.arguments[0]


def passes(configuration: Sequence[Directive]) -> list[Pass]:
    """All places of the `http` block that send requests to a known host, in their order."""
    found: list[Pass] = []
    for http in (each for each in configuration if each.name == "http"):
        upstreams = {each.arguments[0]: each for each in http.block if each.name == "upstream" and each.arguments}
        for server in (each for each in http.block if each.name == "server"):
            found += _Walk(upstreams, server).passes((http.block, server.block), None, {})
    return found


def of_root(found: Sequence[Pass]) -> list[Pass]:
    """Those to which the site's `location /` leads, also by the name of another location; all, where none does."""
    names: dict[int, set[str]] = {}
    for each in found:
        roots = [
            place for place in each.server.block if place.name == "location" and place.arguments[-1:] == ("/",)
        ]
        words = {word for root in roots for line in root.block for word in line.arguments}
        names[id(each)] = {"/"} | {word.removeprefix("=") for word in words if word.lstrip("=").startswith("@")}
    chosen = [each for each in found if (each.location.arguments[-1] if each.location else "/") in names[id(each)]]
    return chosen or list(found)


@dataclass(frozen=True)
class _Walk:
    upstreams: Mapping[str, Directive]
    server: Directive

    def passes(
        self, blocks: tuple[Sequence[Directive], ...], location: Directive | None, sets: Mapping[str, str]
    ) -> Iterator[Pass]:
        sets = {**sets, **_sets(blocks[-1])}
        for each in blocks[-1]:
            if each.name in _SENDS and each.arguments:
                yield from self._pass(each, blocks, location, sets)
            elif each.name in ("location", "if", "limit_except"):
                inner = each if each.name == "location" else location
                yield from self.passes((*blocks, each.block), inner, sets)

    def _pass(
        self,
        sends: Directive,
        blocks: tuple[Sequence[Directive], ...],
        location: Directive | None,
        sets: Mapping[str, str],
    ) -> Iterator[Pass]:
        found = _ARGUMENT.fullmatch(_filled(sends.arguments[0], sets))
        if found is None or found[2] == "unix":
            return
        before, host, port, after = found.groups()
        upstream = None if port else self.upstreams.get(host)
        port = port or (":443" if before in _ENCRYPTED else ":80")
        targets = tuple(servers_of(upstream)) if upstream else (f"{host}{port}",)
        yield Pass(sends, before, after, host, upstream, targets, self.server, location, _host_header(blocks))


def servers_of(upstream: Directive) -> Iterator[str]:
    """The host:port pairs of an upstream that take requests."""
    for each in upstream.block:
        if each.name == "server" and each.arguments and "down" not in each.arguments:
            target = each.arguments[0]
            has_port = re.search(r":\d+$", target) or target.startswith("unix:")
            yield target if has_port else f"{target}:80"


def _host_header(blocks: Sequence[Sequence[Directive]]) -> str | None:
    """The lines of the innermost block that has any count, and no others."""
    for block in reversed(blocks):
        if headers := [each.arguments for each in block if each.name == "proxy_set_header" and each.arguments]:
            return next((words[1] for words in headers if words[0].lower() == "host" and len(words) > 1), None)
    return None


def _sets(block: Sequence[Directive]) -> dict[str, str]:
    """Variables that the block gives one value that has no variable in it."""
    found = [each.arguments for each in block if each.name == "set" and len(each.arguments) == 2]
    return {name.removeprefix("$"): value for name, value in found if "$" not in value}


def _filled(argument: str, sets: Mapping[str, str]) -> str:
    return _VARIABLE.sub(lambda found: sets.get(found[1] or found[2], found[0]), argument)
