"""Whether our file has its place among those that an nginx reads, while it is not ours yet. Pure."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import PureWindowsPath

from nginx.config.parser import Directive, parse

#: what our file says itself, beside the upstream or the variable
OWN = ("resolver", "resolver_timeout", "keepalive_min_timeout")
#: what we write ourselves, whichever line of it somebody has taken out
WRITTEN = "# Written by bluegreen"
_INCLUDE = re.compile(r"""(?:^|[{};])\s*include\s+["']?([^"';]+)["']?\s*;""", re.MULTILINE)


@dataclass(frozen=True)
class Misplaced:
    """Why it would not do to write it there."""

    what: str
    saw: str
    fix: str


def misplaced(
    files: Mapping[str, str], file: str, text: str | None, name: str, is_variable: bool
) -> Misplaced | None:
    """For `file`, which has this text by now, or is not there. None where nothing is against it.

    `files`: what the nginx reads.
    """
    word, wanted = ("set", f"${name}") if is_variable else ("upstream", name)
    lost = _lost(parse({file: text or ""}), word, wanted)
    if lost and WRITTEN not in (text or ""):
        return Misplaced(
            f"{file} has more in it than {word} {wanted}",
            f"a deployment writes the whole file, and {', '.join(lost)} would be gone",
            f"Move that to a file of its own, or name a file in bluegreen.toml that has {word} {wanted} alone.",
        )
    for path in _defining(parse(files), name) if not is_variable else ():
        if _base_name(path) != _base_name(file):
            return Misplaced(
                f"the upstream {name} is in another file than {file}",
                f"nginx reads it in {path}, and takes an upstream only once",
                f"Name that file in bluegreen.toml, or take the upstream out of {path} and include {file} there.",
            )
    if text is None and not any(fnmatchcase(_base_name(file), _base_name(each)) for each in _included(files)):
        return Misplaced(
            f"nginx does not read {file}",
            "no include in its files leads to one of that name",
            f"include {file};    # {'first in the server that uses it' if is_variable else 'in the http block'}",
        )
    return None


def _lost(directives: Sequence[Directive], word: str, wanted: str) -> list[str]:
    """What stands in the file that we do not write there again."""
    others = (
        each
        for each in directives
        if each.name not in OWN and not (each.name == word and each.arguments[:1] == (wanted,))
    )
    return list(dict.fromkeys(" ".join((each.name, *each.arguments[:1])) for each in others))


def _defining(directives: Sequence[Directive], name: str) -> Iterator[str]:
    """The files that define an upstream of that name."""
    for each in (inner for top in directives if top.name == "http" for inner in top.block):
        if each.name == "upstream" and each.arguments[:1] == (name,):
            yield each.file


def _included(files: Mapping[str, str]) -> Iterator[str]:
    for text in files.values():
        yield from (found.strip() for found in _INCLUDE.findall(text))


def _base_name(path: str) -> str:
    """Whichever slashes it has; of Windows, whichever letters."""
    return PureWindowsPath(path).name.lower()
