"""What changes in nginx's files so that one file of bluegreen's own says where the application is. Pure."""

import re
import textwrap
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from bluegreen.deployment.errors import UsageError
from nginx.config.parser import Directive
from nginx.config.passes import Pass

HEAD = "# Written by `bluegreen adopt`: what the site's requests go to now. The first deployment replaces it.\n"
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*")
_INCLUDE = re.compile(r"^\s*include\s+[\"']?([^;\"'\s]+)", re.MULTILINE)


@dataclass(frozen=True)
class Change:
    """What to do with the files of one nginx."""

    #: of the upstream
    name: str
    #: the text of bluegreen's own file, which leads where requests go now
    seed: str
    #: new texts of other files, by the paths that nginx knows them by
    texts: Mapping[str, str]
    #: what a person should know of it
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Edit:
    file: str
    start: int
    end: int
    text: str


def change(
    files: Mapping[str, str], found: Sequence[Pass], chosen: Sequence[Pass], path: str, names: Sequence[str]
) -> Change:
    """Have the chosen places send requests by an upstream that the file at `path` defines.

    `files`: all texts; `found`: all places; `names`: for an upstream where the site has none, the best one first.
    Raises UsageError where a place cannot be changed so that it means the same.
    """
    _expect_plain(chosen)
    upstreams = list({each.upstream.arguments[0]: each.upstream for each in chosen if each.upstream}.values())
    name = upstreams[0].arguments[0] if upstreams else _free_name(files, found, chosen, names)
    include = "" if is_included(files, path) else f"include {path};"
    edits = [_renamed(files, each, name) for each in chosen if not each.sends_to(name)]
    edits += [_replaced(files, each, include if each is upstreams[0] else "") for each in upstreams]
    if not upstreams and include:
        server = chosen[0].server
        edits.append(_before(files, server, include))
    seed = _seed(files, upstreams[0]) if upstreams else _upstream(name, chosen[0].targets)
    return Change(name, HEAD + seed, _edited(files, edits), tuple(_notes(upstreams, chosen, name)))


def is_included(files: Mapping[str, str], path: str) -> bool:
    """Whether nginx would read a new file of that path by a pattern that it has."""
    main = PurePosixPath(next(iter(files), "/")).parent
    patterns = (str(main / found[1]) for text in files.values() for found in _INCLUDE.finditer(text))
    return any(PurePosixPath(path).match(pattern) for pattern in patterns)


def _expect_plain(chosen: Sequence[Pass]) -> None:
    for each in chosen:
        if each.is_variable and each.after.startswith("/") and "$" not in each.after:
            raise UsageError(
                f"{each.where}: `{each.sends.name} {each.sends.arguments[0]}` asks for one path, whatever was "
                "asked for, as a variable in it makes it do",
                f"It stands in {each.sends.file}.",
                "Write the path as a rewrite, or the address without a variable; then ask again.",
            )


def _free_name(
    files: Mapping[str, str], found: Sequence[Pass], chosen: Sequence[Pass], names: Sequence[str]
) -> str:
    """One that means nothing else to this nginx yet."""
    taken = {each.host for each in found if each not in chosen}
    text = "\n".join(files.values())
    candidates = [chosen[0].host if not chosen[0].host.replace(".", "").isdigit() else "", *names]
    return next(
        each
        for each in (*candidates, *(f"{names[0]}-{number}" for number in range(2, 100)))
        if _NAME.fullmatch(each)
        and each not in taken
        and not re.search(rf"upstream\s+{re.escape(each)}\s*\{{", text)
    )


def _renamed(files: Mapping[str, str], place: Pass, name: str) -> _Edit:
    sends = place.sends
    written, new = files[sends.file][sends.start : sends.end], f"{place.before}{name}{place.after}"
    text = written.replace(sends.arguments[0], new, 1)
    return _Edit(sends.file, sends.start, sends.end, text if text != written else f"{sends.name} {new};")


def _replaced(files: Mapping[str, str], upstream: Directive, include: str) -> _Edit:
    """The include in the place of the block; without one the block's lines go."""
    text, start, end = files[upstream.file], upstream.start, upstream.end
    if not include:
        line = text.rfind("\n", 0, start) + 1
        start = line if not text[line:start].strip() else start
        end = end + 1 if text[end : end + 1] == "\n" else end
    return _Edit(upstream.file, start, end, include)


def _before(files: Mapping[str, str], server: Directive, include: str) -> _Edit:
    text = files[server.file]
    indent = text[text.rfind("\n", 0, server.start) + 1 : server.start]
    return _Edit(server.file, server.start, server.start, f"{include}\n{indent if not indent.strip() else ''}")


def _seed(files: Mapping[str, str], upstream: Directive) -> str:
    """The block as it is, and so where requests go now."""
    text = files[upstream.file]
    before = text[text.rfind("\n", 0, upstream.start) + 1 : upstream.start]
    block = text[upstream.start : upstream.end]
    return textwrap.dedent((before if not before.strip() else "") + block) + "\n"


def _upstream(name: str, targets: Collection[str]) -> str:
    servers = "".join(f"    server {each};\n" for each in targets)
    return f"upstream {name} {{\n{servers}}}\n"


def _edited(files: Mapping[str, str], edits: Sequence[_Edit]) -> dict[str, str]:
    texts: dict[str, str] = {}
    for edit in sorted(set(edits), key=lambda each: (each.start, each.end), reverse=True):
        text = texts.get(edit.file, files[edit.file])
        texts[edit.file] = text[: edit.start] + edit.text + text[edit.end :]
    return texts


def _notes(upstreams: Sequence[Directive], chosen: Sequence[Pass], name: str) -> list[str]:
    lost = {each.name: each for upstream in upstreams for each in upstream.block if each.name != "server"}
    notes = [
        f"upstream {name} has `{' '.join((each.name, *each.arguments))};`, which ends with the first deployment: "
        "bluegreen writes the server alone"
        for each in lost.values()
    ]
    headless = [
        each for each in chosen if each.upstream is None and each.host_header is None and each.host != name
    ]
    if headless and headless[0].sends.name == "proxy_pass":
        notes.append(
            f"{headless[0].where} sets no Host header: the application gets `{name}` in place of "
            f"`{headless[0].targets[0]}`"
        )
    return notes
