"""The places of a configuration where requests are answered: what they log, and where they send them. Pure."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from nginx.configuration import Directive


@dataclass(frozen=True)
class Place:
    """A server, or a block in one."""

    #: the access logs in force there
    logs: tuple[Directive, ...]
    #: the arguments of its `proxy_pass` and the like
    targets: tuple[str, ...]


#: whether a place sends requests to the service
Passes = Callable[[Place], bool]


def passes_to(name: str, is_variable: bool) -> Passes:
    """For an upstream of that name, or for a variable that holds the address."""
    if is_variable:
        pattern = re.compile(rf"\$(?:{name}\b|\{{{name}\}})")
    else:
        pattern = re.compile(rf"^(?:\w+://)?{name}(?:[/:$]|$)")
    return lambda place: any(pattern.search(target) for target in place.targets)


def servers(http: Sequence[Directive]) -> list[list[Place]]:
    """The places of each server of the `http` block."""
    logs = _logs(http, ())
    return [list(_places(each.block, logs)) for each in http if each.name == "server"]


def _places(block: Sequence[Directive], logs: tuple[Directive, ...]) -> Iterator[Place]:
    """The block and those in it. What a block has itself replaces that around it."""
    logs = _logs(block, logs)
    targets = [word for each in block if each.name.endswith("_pass") for word in each.arguments]
    is_off = any(log.arguments[0] == "off" for log in logs)
    yield Place(() if is_off else logs, tuple(targets))
    for each in block:
        if each.name in ("location", "if", "limit_except"):
            yield from _places(each.block, logs)


def _logs(block: Sequence[Directive], around: tuple[Directive, ...]) -> tuple[Directive, ...]:
    return tuple(each for each in block if each.name == "access_log" and each.arguments) or around
