"""The pages of docs/ against the code: messages, phases, states, links, tables."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

from bluegreen.deployment.states import DEPLOY_PHASES, FINAL_STATES, UNDO_PHASES, State
from bluegreen.settings.service import Config
from cli.looking import schema
from tests.lab import canvas
from tests.test_reference import settings

pytestmark = pytest.mark.unit

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
PAGES = sorted(DOCS.glob("*.md"))
WRITTEN_OF_CODE = [ROOT / "ARCHITECTURE.md", ROOT / "CONTRIBUTING.md", *sorted((DOCS / "decisions").glob("*.md"))]
ROOMS = ("bluegreen", "cli", "workflows", "tasks", "compose", "nginx")


def page(name: str) -> str:
    return (DOCS / name).read_text("utf-8")


def rows(text: str) -> list[list[str]]:
    """The cells of all tables, heads and rules left out."""
    found = [line.strip("| ").split(" | ") for line in text.splitlines() if line.startswith("|")]
    return [row for row in found if not row[0].startswith("---")]


# -- messages


@cache
def texts_in_the_code() -> set[str]:
    """Every string of the program, with … for what is filled in."""
    found = set()
    for room in ROOMS:
        for file in (ROOT / room).rglob("*.py"):
            for node in ast.walk(ast.parse(file.read_text("utf-8"))):
                if isinstance(node, ast.JoinedStr):
                    found.add(
                        "".join(str(part.value) if isinstance(part, ast.Constant) else "…" for part in node.values)
                    )
                elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                    found.add(node.value)
    return found


MESSAGES = [
    found[1] for row in rows(page("troubleshooting.md")) if (found := re.fullmatch(r"`([^`]* [^`]*)`.*", row[0]))
]


@pytest.mark.parametrize("message", MESSAGES)
def test_every_message_of_the_troubleshooting_page_is_one_of_the_program(message: str) -> None:
    pattern = re.compile(".*".join(map(re.escape, message.split("…"))))
    assert any(pattern.match(text) for text in texts_in_the_code()), message


def test_the_troubleshooting_page_has_messages_and_one_that_is_not_the_program_s_would_be_found() -> None:
    assert len(MESSAGES) > 25
    assert not any(re.match("port .* is held up by", text) for text in texts_in_the_code())


# -- phases and states


def test_the_picture_of_the_canvas_is_the_canvas() -> None:
    assert page("canvas.svg") == canvas.svg(), "run: python -m tests.lab.canvas > docs/canvas.svg"


def test_how_it_works_tells_every_phase_in_its_order_and_every_state() -> None:
    first = [row[0] for row in rows(page("how-it-works.md"))]

    assert [name for name in first if name in DEPLOY_PHASES] == list(DEPLOY_PHASES)
    assert [name for name in first if name in UNDO_PHASES] == list(UNDO_PHASES)
    assert {name for name in first if name in set(State)} == FINAL_STATES
    others = set(State) - FINAL_STATES
    assert all(state in page("how-it-works.md") for state in others)


def test_moving_over_tells_every_phase_and_no_setting_that_is_none() -> None:
    text = page("moving-from-jenkins.md")

    assert all(f"`{phase}`" in text for phase in (*DEPLOY_PHASES, *UNDO_PHASES))
    named = re.findall(r"`((?:health|compose|drain|bake|cleanup|source|migrate)\.\w+)`", text)
    known = {f"{section}.{name}".removeprefix("services.*.") for (section, name), _ in settings(Config)}
    assert named and set(named) <= known


# -- the whole folder


def test_the_index_names_every_page() -> None:
    index = set(re.findall(r"\(([\w-]+\.md)\)", page("README.md")))
    assert index == {each.name for each in PAGES} - {"README.md"}


def test_the_index_of_the_decisions_names_every_page() -> None:
    index = set(re.findall(r"\(([\w-]+\.md)\)", page("decisions/README.md")))
    assert index == {each.name for each in (DOCS / "decisions").glob("*.md")} - {"README.md"}


@pytest.mark.parametrize("file", WRITTEN_OF_CODE, ids=lambda file: file.name)
def test_every_file_that_is_written_of_exists(file: Path) -> None:
    rooms = "|".join((*ROOMS, "tests"))
    named = re.findall(rf"`((?:{rooms})/[\w/]*(?:\.py)?)`", file.read_text("utf-8"))
    assert [each for each in named if not (ROOT / each).exists()] == []


@pytest.mark.parametrize(
    "file", [*sorted(DOCS.rglob("*.md")), *sorted(ROOT.glob("*.md"))], ids=lambda file: str(file.relative_to(ROOT))
)
def test_every_link_leads_somewhere(file: Path) -> None:
    for target, anchor in re.findall(r"\]\((?!https?:)([^)#\s]*)(?:#([^)\s]*))?\)", file.read_text("utf-8")):
        there = file.parent / target if target else file
        assert there.exists(), f"{file.name}: {target}"
        if anchor:
            heads = re.findall(r"^#+ (.*)$", there.read_text("utf-8"), re.M)
            assert anchor in {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}, anchor


def test_the_schema_is_mentioned_where_editors_look() -> None:
    assert "#:schema" in page("configuration.md") and schema.text() == page("bluegreen.schema.json")
