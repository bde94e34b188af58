"""Where an nginx sends requests, and which of its files only says that, read from what `nginx -T` prints. Pure."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from nginx.config.parser import Directive
from nginx.config.parser import parse as directives_of
from nginx.file.marker import parse as content_of

_HTTP = re.compile(r"https?://((?:[\w.-]+|\[[0-9A-Fa-f:.]+\])(?::\d+)?)")


@dataclass(frozen=True)
class Switch:
    """A file that holds nothing but where requests go: one that can be ours to write."""

    path: str
    template: Literal["upstream", "variable"]
    name: str
    #: where requests go by it now
    targets: tuple[str, ...]
    #: for which it was written by us; None: it was not
    service: str | None


def switches_in(files: Mapping[str, str]) -> list[Switch]:
    """All such files, and those that are ours already."""
    found = (_switch(path, text) for path, text in files.items())
    return [each for each in found if each is not None]


def _switch(path: str, text: str) -> Switch | None:
    directives, marker = directives_of({path: text}), content_of(text)
    if len(directives) > 1 and marker is None:
        return None  # it does something else as well
    targets, service = tuple(targets_in({path: text})), marker.service if marker else None
    for each in directives:
        if each.name == "upstream":
            return Switch(path, "upstream", each.arguments[0], targets, service)
        if each.name == "set":
            return Switch(path, "variable", each.arguments[0].removeprefix("$"), targets, service)
    return None


def targets_in(files: Mapping[str, str]) -> list[str]:
    """Hosts, and host:port pairs, to which requests are sent, in the order in which they are named."""
    found = (target for path, text in files.items() for target in _targets(directives_of({path: text})))
    return list(dict.fromkeys(found))


def _targets(directives: Iterable[Directive]) -> Iterator[str]:
    for each in directives:
        if each.name == "server" and each.arguments:  # one of an upstream
            yield each.arguments[0]
        elif each.name in ("proxy_pass", "set") and (
            found := _HTTP.match(each.arguments[-1] if each.arguments else "")
        ):
            yield found[1]
        yield from _targets(each.block)
