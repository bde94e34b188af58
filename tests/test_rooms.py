"""The picture of the rooms, held against what import-linter holds against the imports."""

import re
import tomllib
from collections import Counter
from pathlib import Path

import pytest

pytestmark = pytest.mark.unit

ROOT = Path(__file__).parent.parent
ARCHITECTURE = (ROOT / "ARCHITECTURE.md").read_text("utf-8")
CONTRACTS = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]["contracts"]
ROOMS = ("bluegreen", "cli", "workflows", "tasks", "compose", "nginx", "bench")
LAYERS = next(each["layers"] for each in CONTRACTS if each["type"] == "layers")


def test_the_picture_shows_the_layers() -> None:
    section = ARCHITECTURE.partition("## The rooms")[2]
    picture = re.search(r"\n\n((?:    \S.*\n)+)", section)

    assert picture is not None
    assert [line.strip() for line in picture[1].splitlines()] == LAYERS[1:]  # without the entry, the one arrow up


def test_every_room_is_in_a_layer() -> None:
    named = {room for layer in LAYERS for room in layer.split(" | ")}
    rooms = {each.parent.name for each in ROOT.glob("*/__init__.py")} - {"bench", "tests", "bluegreen"}
    inner = {f"bluegreen.{each.stem}" for each in (ROOT / "bluegreen").glob("*.py")} - {"bluegreen.__init__"}
    inner |= {f"bluegreen.{each.parent.name}" for each in (ROOT / "bluegreen").glob("*/__init__.py")}

    assert rooms | inner == named


#: lines of a file, and files of a folder, of which most have fewer
MOST_LINES, MOST_FILES = 200, 14


def large() -> set[str]:
    modules = [path for room in ROOMS for path in (ROOT / room).rglob("*.py")]
    files = {path for path in modules if len(path.read_text("utf-8").splitlines()) > MOST_LINES}
    folders = Counter(path.parent for path in modules if path.name != "__init__.py")
    found = {path.relative_to(ROOT).as_posix() for path in files}
    return found | {f"{each.relative_to(ROOT).as_posix()}/" for each, n in folders.items() if n > MOST_FILES}


def test_what_is_large_has_a_reason() -> None:
    section = ARCHITECTURE.partition("## What is large")[2].partition("\n## ")[0]
    explained = {
        path
        for line in section.splitlines()
        if "|" in line
        for path in re.findall(r"`([^`]+)`", line.split("|")[1])
    }

    assert large() <= explained
