"""Takes a service out of what `docker compose up` starts, line by line: comments and form stay. Pure."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bluegreen.deployment.errors import UsageError

PROFILE = "adopted-by-bluegreen"
_KEY = re.compile(r"""( *)(["']?)([^\s"'#:\[{][^"'#:]*)\2 *:(?: (.*))?$""")
_INCLUDED = re.compile(r"""\s*(?:-\s*)?(?:path\s*:\s*)?["']?([^\s"'#:]+)["']?\s*(?:#.*)?$""")


@dataclass(frozen=True)
class _Block:
    """A key with the lines below it."""

    name: str
    indent: int
    #: its own line, and the one after its last
    start: int
    end: int
    #: what stands behind the colon
    value: str


def without(text: str, services: Sequence[str]) -> str:
    """The file with the services under a profile, and others that depend on one only where it is there.

    The same text where the file has none of them. UsageError where one is not written line by line.
    """
    for each in services:
        text = _without(text, each)
    return text


def _without(text: str, service: str) -> str:
    lines = text.splitlines(keepends=True)
    services = next((each for each in _blocks(lines, 0, len(lines)) if each.name == "services"), None)
    if services is None or (services.value and not services.value.startswith("&")):
        if re.search(rf"\b{re.escape(service)}\b", text) and services:
            raise _unreadable(service)
        return text
    inner = list(_blocks(lines, services.start + 1, services.end))
    edits: list[tuple[int, int, str]] = []
    for each in inner:
        edits += _hidden(lines, each) if each.name == service else _independent(lines, each, service)
    for start, end, new in sorted(edits, reverse=True):
        lines[start:end] = [new]
    return "".join(lines)


def included(text: str) -> list[str]:
    """The files that the file includes, as it names them."""
    lines = text.splitlines(keepends=True)
    block = next((each for each in _blocks(lines, 0, len(lines)) if each.name == "include"), None)
    if block is None:
        return []
    words = block.value.strip("[]").split(",") if block.value else lines[block.start + 1 : block.end]
    found = (_INCLUDED.match(each) for each in words)
    return [each[1] for each in found if each]


def dependents(text: str, services: Sequence[str]) -> list[str]:
    """The others of the file whose `depends_on` changes: Compose replaces their containers at its next `up`."""
    lines = text.splitlines(keepends=True)
    found = [each for each in _blocks(lines, 0, len(lines)) if each.name == "services" and not each.value]
    others = [
        each for block in found for each in _blocks(lines, block.start + 1, block.end) if each.name not in services
    ]
    return [each.name for each in others if any(_independent(lines, each, one) for one in services)]


def _blocks(lines: Sequence[str], start: int, end: int) -> Iterator[_Block]:
    """Those of the first line's depth."""
    depth, open_at, found = None, 0, None
    for index in range(start, end):
        line = lines[index].rstrip()
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        indent = len(line) - len(line.lstrip())
        depth = indent if depth is None else depth
        if indent > depth or line.lstrip().startswith("- "):
            continue
        if found:
            yield _Block(found[3], depth, open_at, index, _uncommented(found[4]))
        if indent < depth:
            return
        open_at, found = index, _KEY.match(line)
    if found:
        yield _Block(found[3], depth or 0, open_at, end, _uncommented(found[4]))


def _uncommented(value: str | None) -> str:
    return re.sub(r"(?:^|\s)#.*$", "", value or "").strip()


def _hidden(lines: Sequence[str], service: _Block) -> list[tuple[int, int, str]]:
    """The profile as the first line of the service."""
    inner = list(_blocks(lines, service.start + 1, service.end))
    if (service.value and not service.value.startswith(("&", "!"))) or not inner:
        raise _unreadable(service.name)
    if any(each.name == "profiles" for each in inner):
        return []  # nothing starts it by itself
    end = "\r\n" if lines[service.start].endswith("\r\n") else "\n"
    after = service.start + 1
    return [(after, after, f"{' ' * inner[0].indent}profiles: [{PROFILE}]{end}")]


def _independent(lines: Sequence[str], other: _Block, service: str) -> list[tuple[int, int, str]]:
    depends = next(
        (each for each in _blocks(lines, other.start + 1, other.end) if each.name == "depends_on"), None
    )
    if depends is None:
        return []
    pad, end = " " * depends.indent, "\r\n" if lines[depends.start].endswith("\r\n") else "\n"
    if depends.value:
        return _of_flow(depends, service, pad, end)
    items = [
        (index, found[2].strip("\"'"), found[3])
        for index in range(depends.start + 1, depends.end)
        if (found := re.fullmatch(r"( *)- *([^\s#]+)( *#.*)?", lines[index].rstrip()))
    ]
    if items:
        if service not in (name for _, name, _ in items):
            return []
        return [(index, index + 1, _long(name, service, pad, end, comment)) for index, name, comment in items]
    for each in _blocks(lines, depends.start + 1, depends.end):
        if each.name == service:
            return _of_long(lines, each, end)
    return []


def _of_flow(depends: _Block, service: str, pad: str, end: str) -> list[tuple[int, int, str]]:
    """`[web, db]`, as it is mostly written."""
    found = re.fullmatch(r"\[([^\[\]{}]*)\]", depends.value)
    names = [each.strip().strip("\"'") for each in found[1].split(",") if each.strip()] if found else []
    if service not in names:
        if not found and re.search(rf"\b{re.escape(service)}\b", depends.value):
            raise _unreadable(service)
        return []
    longer = "".join(_long(name, service, pad, end, None) for name in names)
    return [(depends.start, depends.start + 1, f"{pad}depends_on:{end}{longer}")]


def _long(name: str, service: str, pad: str, end: str, comment: str | None) -> str:
    optional = f"{pad}    required: false{end}" if name == service else ""
    return f"{pad}  {name}:{comment or ''}{end}{pad}    condition: service_started{end}{optional}"


def _of_long(lines: Sequence[str], dependency: _Block, end: str) -> list[tuple[int, int, str]]:
    inner = list(_blocks(lines, dependency.start + 1, dependency.end))
    if dependency.value or not inner:
        raise _unreadable(dependency.name)
    if any(each.name == "required" for each in inner):
        return []
    after = dependency.start + 1
    return [(after, after, f"{' ' * inner[0].indent}required: false{end}")]


def _unreadable(service: str) -> UsageError:
    return UsageError(
        f"the compose file does not have {service} line by line, so that it is not changed here",
        advice=f"Write `profiles: [{PROFILE}]` into {service}, and into what depends on it: "
        f"depends_on: {{{service}: {{condition: service_started, required: false}}}}; then ask again.",
    )
