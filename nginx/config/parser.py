"""nginx's configuration as `nginx -T` prints it, read into directives. Pure.

crossplane, which is made for this, reads the files themselves, and those of a container are not here.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath

#: a comment, a quoted word, one of the three signs, or a plain word
_TOKEN = re.compile(
    r"""\#[^\n]* | "(?:\\.|[^"\\])*" | '(?:\\.|[^'\\])*' | [{};] | (?:\\. | \$\{[^}\s]*\} | [^\s{};\\])+""",
    re.VERBOSE | re.DOTALL,
)
_HEADER = re.compile(r"^# configuration file (.*):$\n?", re.MULTILINE)


@dataclass(frozen=True)
class Directive:
    """A line of the configuration, with what stands in its braces."""

    name: str
    arguments: tuple[str, ...]
    block: tuple["Directive", ...] = ()
    #: the path of the file in which it stands
    file: str = ""
    #: where in that file's text it begins, and where it has ended
    start: int = field(default=0, compare=False)
    end: int = field(default=0, compare=False)


def files_of(dump: str) -> dict[str, str]:
    """The files that nginx reads, by their paths; the main one is the first."""
    # its messages come in between, from its error output
    printed = "".join(line for line in dump.splitlines(keepends=True) if not line.startswith("nginx: "))
    pieces = _HEADER.split(printed)[1:]
    return dict(zip(pieces[::2], pieces[1::2], strict=True))


def parse(files: Mapping[str, str]) -> tuple[Directive, ...]:
    """All directives, in their order, with the included files in place. A text that is none gives a part of it."""
    main = next(iter(files), "")
    return tuple(_directives(_Tokens(files.get(main, "")), main, files))


class _Tokens(Iterator[str]):
    """The words of a text, comments left out; `span` is where the last one stands."""

    def __init__(self, text: str) -> None:
        self._found = (found for found in _TOKEN.finditer(text) if not found[0].startswith("#"))
        self.span = (0, 0)

    def __next__(self) -> str:
        found = next(self._found)
        self.span = found.span()
        return found[0]


def _directives(tokens: _Tokens, path: str, files: Mapping[str, str]) -> Iterator[Directive]:
    """Those of the file at the path, up to the brace that closes the block, or the end."""
    words: list[str] = []
    start = 0
    for token in tokens:
        if token == "}":
            return
        if token not in ("{", ";"):
            start = start if words else tokens.span[0]
            words.append(_unquoted(token))
            continue
        block = tuple(_directives(tokens, path, files)) if token == "{" else ()
        if words and words[0] == "include":
            for included in _included(words[-1], files):
                yield from _directives(_Tokens(files[included]), included, files)
        elif words:
            yield Directive(words[0], tuple(words[1:]), block, path, start, tokens.span[1])
        words = []


def _included(pattern: str, files: Mapping[str, str]) -> list[str]:
    """Their paths. nginx takes a relative one from the folder of its main file, the first."""
    whole = str(PurePosixPath(next(iter(files))).parent / pattern)
    return [path for path in files if path == whole or PurePosixPath(path).match(whole)]


def _unquoted(token: str) -> str:
    return re.sub(r"\\(.)", r"\1", token[1:-1]) if token[0] in "\"'" else token
