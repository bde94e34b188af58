"""What an adoption changes, as a person reads it. Pure."""

import difflib
from collections.abc import Iterator, Sequence

from cli.adopt.draft import Draft
from cli.adopt.look import Write
from cli.adopt.plan import Plan
from cli.adopt.text import list_unknown


def diff(name: str, before: str | None, after: str | None) -> str:
    """Unified, with the lines around; empty where nothing changes."""
    lines = difflib.unified_diff(
        (before or "").splitlines(),
        (after or "").splitlines(),
        "/dev/null" if before is None else name,
        "/dev/null" if after is None else name,
        lineterm="",
    )
    return "\n".join(lines)


def diffs(writes: Sequence[Write]) -> Iterator[str]:
    for each in (each for each in writes if each.before != each.after):
        yield diff(each.place.file.name, each.before, each.after)


def by_hand(plan: Plan) -> Iterator[str]:
    """The lines that a person has to write, and where."""
    yield (
        "These files are in nginx's image, and not in a folder of this host that is mounted. Write the lines "
        "there, build the image and replace the container: the site is away for about two seconds. Ask again then."
    )
    yield from diffs(plan.by_hand)


def to_check(draft: Draft) -> Iterator[str]:
    """What a person should look at in the config that was drafted."""
    if found := list_unknown(draft):
        yield "what could not be known by looking:"
        for line in found:
            yield f"  - {line}"
