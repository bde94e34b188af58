"""The places of a configuration where requests are answered: what they log, and where they send them. Pure."""

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from nginx.config.parser import Directive


@dataclass(frozen=True)
class Location:
    """A server, or a block in one."""

    #: the access logs in force there
    logs: tuple[Directive, ...]
    #: the arguments of its `proxy_pass` and the like
    targets: tuple[str, ...]
    #: by variable, the files from which it is set there
    sets: Mapping[str, frozenset[str]]


#: whether a place sends requests to the service
Passes = Callable[[Location], bool]


def passes_to(name: str, is_variable: bool, files: Collection[str] = ()) -> Passes:
    """For an upstream of that name, or for a variable that holds the address.

    Other services may have a variable of the same name: `files` are ours that set it. None: any file may be.
    """
    if is_variable:
        pattern = re.compile(rf"\$(?:{name}\b|\{{{name}\}})")
    else:
        pattern = re.compile(rf"^(?:\w+://)?{re.escape(name)}(?:[/:$]|$)")

    def passes(place: Location) -> bool:
        is_named = any(pattern.search(target) for target in place.targets)
        is_foreign = is_variable and files and place.sets.get(name, frozenset()).isdisjoint(files)
        return is_named and not is_foreign

    return passes


def servers(http: Sequence[Directive], logs: tuple[Directive, ...] = ()) -> list[list[Location]]:
    """The places of each server of the `http` block; `logs` are written where no other ones are named."""
    logs = _logs(http, logs)
    return [list(_locations(each.block, logs, {})) for each in http if each.name == "server"]


def _locations(
    block: Sequence[Directive], logs: tuple[Directive, ...], sets: Mapping[str, frozenset[str]]
) -> Iterator[Location]:
    """The block and those in it. What a block has itself replaces that around it."""
    logs, sets = _logs(block, logs), {**sets, **_sets(block)}
    targets = [word for each in block if each.name.endswith("_pass") for word in each.arguments]
    is_off = any(log.arguments[0] == "off" for log in logs)
    yield Location(() if is_off else logs, tuple(targets), sets)
    for each in block:
        if each.name in ("location", "if", "limit_except"):
            yield from _locations(each.block, logs, sets)


def _logs(block: Sequence[Directive], around: tuple[Directive, ...]) -> tuple[Directive, ...]:
    return tuple(each for each in block if each.name == "access_log" and each.arguments) or around


def _sets(block: Sequence[Directive]) -> dict[str, frozenset[str]]:
    """Conditions count as met."""
    inner = (line for each in block if each.name == "if" for line in each.block)
    found: dict[str, frozenset[str]] = {}
    for each in (*block, *inner):
        if each.name == "set" and each.arguments:
            variable = each.arguments[0].removeprefix("$")
            found[variable] = found.get(variable, frozenset()) | {each.file}
    return found
