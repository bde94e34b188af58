"""A draft as TOML, with a comment beside each value. Pure."""

import json
import re
from collections.abc import Iterator

from cli.adopt.draft import Draft, Value

#: before the comment of what a person has to check
MARK = "?"
#: the column at which comments begin, where the value leaves room
COLUMN = 42


def render(draft: Draft) -> str:
    """The text of bluegreen.toml; what a person has to check is marked in it."""
    head = [
        "# Written by `bluegreen adopt` from what was running. Check what is marked with a question mark.",
        "# `bluegreen plan` shows every setting, defaults included; docs/configuration.md explains them.",
        *(f"# {MARK} {_one_line(note)}" for note in draft.notes),
    ]
    return "\n".join([*head, *(line for table in _tables(draft) for line in ["", *table])]) + "\n"


def list_unknown(draft: Draft) -> list[str]:
    """What a person has to check: the marked values, and the notes."""
    tables = [*_sections(draft), *(("proxies", proxy) for proxy in draft.proxies)]
    marked = [
        f"{section}.{key} = {_show(each.value)}: {each.why}".lstrip(".")
        for section, table in tables
        for key, each in table.items()
        if not each.sure
    ]
    return [*marked, *draft.notes]


def _sections(draft: Draft) -> list[tuple[str, dict[str, Value]]]:
    return [
        ("redis", draft.redis),
        ("", draft.service),
        ("compose", draft.compose),
        ("ports", draft.ports),
        ("health", draft.health),
        *((f"background.{_key(name)}", table) for name, table in draft.background.items()),
    ]


def _tables(draft: Draft) -> Iterator[list[str]]:
    service = f"services.{draft.name}"
    for section, table in _sections(draft):
        if table:
            path = section if section == "redis" else ".".join(filter(None, [service, section]))
            yield [f"[{path}]", *_lines(table)]
    for proxy in draft.proxies:
        yield [f"[[{service}.proxies]]", *_lines(proxy)]


def _key(name: str) -> str:
    """As TOML wants a part of a section's name."""
    return name if re.fullmatch(r"[A-Za-z0-9_-]+", name) else json.dumps(name)


def _lines(table: dict[str, Value]) -> Iterator[str]:
    for key, each in table.items():
        comment = " ".join(filter(None, ["" if each.sure else MARK, _one_line(each.why)]))
        line = f"{key} = {_show(each.value)}"
        yield f"{line:<{COLUMN}}# {comment}" if comment else line


def _one_line(text: str) -> str:
    """Paths may have anything in them, comments may not."""
    return " ".join("".join(each if each.isprintable() else " " for each in text).split())


def _show(value: object) -> str:
    # JSON's strings, numbers and lists are TOML's as well; but TOML has no escaped surrogates
    return json.dumps(value, ensure_ascii=False)
