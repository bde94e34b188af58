"""One word for one thing: words that code and pages have left stay away (CONTRIBUTING.md, "Names")."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

pytestmark = pytest.mark.unit

ROOT = Path(__file__).parent.parent
ROOMS = ("bluegreen", "cli", "workflows", "tasks", "compose", "nginx")
#: parts of names, by the word that is written now
LEFT = {
    **{"teller": "sender", "tell": "report", "tells": "report", "told": "report, message"},
    **{"complaint": "problem", "complaints": "problems", "trouble": "problem", "guard": "cancellation"},
    **{"mend": "fix, repair", "mends": "fix", "anew": "again", "begun": "started", "insist": "retry"},
    **{"door": "the name of its job", "doors": "services", "timetable": "schedule cursor"},
    **{"abilities": "capabilities", "mutex": "lock", "happening": "event"},
}
#: of these no page, docstring or message has a use either
NOWHERE = ("teller", "trouble", "anew", "insist", "timetable", "abilities", "complaint", "complaints")
#: the page that says which words were left
ABOUT_WORDS = {"CONTRIBUTING.md", "CHANGELOG.md"}


def modules() -> list[Path]:
    return [path for room in ROOMS for path in (ROOT / room).rglob("*.py")]


def pages() -> list[Path]:
    return [path for path in (*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")) if path.name not in ABOUT_WORDS]


def names(module: str) -> Iterator[str]:
    """What the module gives a name to."""
    for node in ast.walk(ast.parse(module)):
        match node:
            case ast.FunctionDef() | ast.ClassDef():
                yield node.name
            case ast.arg():
                yield node.arg
            case ast.Name(ctx=ast.Store()):
                yield node.id
            case ast.Attribute(ctx=ast.Store()):
                yield node.attr


def left_in(name: str) -> list[str]:
    parts = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower().split("_")
    return [f"{name}: {LEFT[part]}" for part in parts if part in LEFT]


def test_no_name_has_a_word_that_was_left() -> None:
    found = {
        str(path.relative_to(ROOT)): left
        for path in modules()
        if (left := [each for name in names(path.read_text("utf-8")) for each in left_in(name)])
    }

    assert not found


@pytest.mark.parametrize("path", pages(), ids=lambda path: path.name)
def test_no_page_has_one_of_the_worst(path: Path) -> None:
    assert not worst_in(path.read_text("utf-8"))


def test_no_module_says_one_of_the_worst() -> None:
    assert not {path.name: found for path in modules() if (found := worst_in(path.read_text("utf-8")))}


def worst_in(text: str) -> list[str]:
    return re.findall(rf"\b(?:{'|'.join(NOWHERE)})\b", text, re.IGNORECASE)


def test_a_word_that_was_left_is_found() -> None:
    module = "class FileMend: pass\ndef _told(teller): self.guard = 1\nfor door in doors: pass"

    found = {each.partition(":")[0] for name in names(module) for each in left_in(name)}
    assert found == {"FileMend", "_told", "teller", "guard", "door"}
    assert worst_in("no Trouble, and troubleshooting") == ["Trouble"]
