"""One word for one thing: those that the project once had and has left stay away (CONTRIBUTING.md, "Names")."""

import re
from pathlib import Path

import pytest

pytestmark = pytest.mark.unit

ROOT = Path(__file__).parent.parent
ROOMS = ("bluegreen", "cli", "workflows", "tasks", "compose", "nginx", "bench", "examples", "docs")

#: what is written today, by what it used to be
LEFT = {
    "teller": "sender",
    "complaint": "problem",
    "complaints": "problems",
    "trouble": "problem",
    "guard": "cancellation",
    "mend": "fix",
    "mends": "fixes",
    "anew": "again",
    "doors": "services",
    "timetable": "schedule cursor",
    "abilities": "capabilities",
    "mutex": "locks",
    "configfile": "config_file",
    "configwatch": "watch",
    "side_by_side": "parallel",
    "old_workers": "retired_by_switch",
    "new_workers": "retired_by_rollback",
    "past_return": "past_point_of_no_return",
    "put_back": "revert",
    "is_cut": "is_cancelled",
    "find_damage": "Found.wrong",
}
OLD = re.compile(rf"\b({'|'.join(LEFT)})\b", re.IGNORECASE)


def texts() -> list[Path]:
    pages = [ROOT / "README.md", ROOT / "ARCHITECTURE.md", ROOT / "Makefile", ROOT / "celeryconfig.py"]
    return pages + [each for room in ROOMS for each in (ROOT / room).rglob("*") if each.suffix in (".py", ".md")]


def test_words_that_were_left_stay_away() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{number}: {old[0]}: write {LEFT[old[0].lower()]}"
        for path in texts()
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1)
        for old in OLD.finditer(line)
    ]

    assert not found, "\n".join(found)


def test_it_looks_at_the_program_and_at_its_pages() -> None:
    assert len(texts()) > 300 and OLD.search("see Doors") and not OLD.search("outdoors")
