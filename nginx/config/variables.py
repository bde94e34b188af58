"""Requests that are sent on by a variable, as if each of its values were written there. Pure."""

import itertools
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from nginx.config.parser import Directive

#: blocks of `http` that give a variable, the last of their arguments, its values
_CHOICES = ("map", "geo", "split_clients")
#: what stands in such a block beside values
_SETTINGS = ("hostnames", "volatile", "ranges", "delete", "proxy", "proxy_recursive")
_VARIABLE = re.compile(r"\$(?:\{(\w+)\}|(\w+))")
#: variables whose values are variables, in turn; and readings of one argument
_DEPTH, _MOST = 3, 100

#: by the name of a variable
Values = Mapping[str, Sequence[str]]


def written_out(configuration: Sequence[Directive], name: str, is_variable: bool = False) -> tuple[Directive, ...]:
    """The configuration with each `proxy_pass` and the like by a variable that may name our upstream once a value.

    `is_variable`: what is ours is the variable of that name, whose own values do not matter. Other lines stay.
    """
    own = re.compile(
        rf"\$(?:{name}\b|\{{{name}\}})" if is_variable else rf"(?:\w+://)?{re.escape(name)}(?:[/:$]|$)"
    )

    def is_own(argument: str) -> bool:
        return bool(own.search(argument) if is_variable else own.match(argument))

    def sends(each: Directive, values: Values) -> Iterator[Directive]:
        found = list(itertools.islice(_readings(each.arguments[0], values, _DEPTH), _MOST))
        if not any(map(is_own, found)):
            found = [each.arguments[0]]
        for argument in dict.fromkeys(found):
            yield replace(each, arguments=(argument, *each.arguments[1:]))

    def block(directives: Sequence[Directive], values: Values) -> Iterator[Directive]:
        for each in directives:
            if each.name.endswith("_pass") and each.arguments:
                yield from sends(each, values)
            else:
                yield replace(each, block=tuple(block(each.block, values)))

    def http(directives: Sequence[Directive]) -> Iterator[Directive]:
        chosen = _chosen(directives)
        for each in directives:
            known = {**chosen, **_set_in(each.block)} if each.name == "server" else {}
            if is_variable:
                known.pop(name, None)
            yield replace(each, block=tuple(block(each.block, known))) if known else each

    return tuple(
        replace(each, block=tuple(http(each.block))) if each.name == "http" else each for each in configuration
    )


def _chosen(http: Sequence[Directive]) -> dict[str, Sequence[str]]:
    return {
        each.arguments[-1].removeprefix("$"): [
            line.arguments[0] for line in each.block if line.arguments and line.name not in _SETTINGS
        ]
        for each in http
        if each.name in _CHOICES and each.arguments
    }


def _set_in(server: Sequence[Directive]) -> Mapping[str, Sequence[str]]:
    """Conditions count as met, and places as passed."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    for each in _all(server):
        if each.name == "set" and len(each.arguments) == 2:
            found[each.arguments[0].removeprefix("$")].append(each.arguments[1])
    return found


def _all(block: Sequence[Directive]) -> Iterator[Directive]:
    for each in block:
        yield each
        yield from _all(each.block)


def _readings(argument: str, values: Values, depth: int) -> Iterator[str]:
    """The argument with the first variable whose values are known in place, for each of them."""
    for found in _VARIABLE.finditer(argument) if depth else ():
        if (name := found[1] or found[2]) in values:
            before, after = argument[: found.start()], argument[found.end() :]
            for value in dict.fromkeys(values[name]):
                yield from _readings(before + value + after, values, depth - 1)
            return
    yield argument
