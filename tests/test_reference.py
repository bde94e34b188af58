"""Settings and options against the code: each in its own section with its default, each beside its command."""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest
from pydantic import BaseModel, TypeAdapter
from pydantic.fields import FieldInfo

from bluegreen.settings import config_file
from bluegreen.settings.service import Config
from bluegreen.system.environment import DEFAULT_REDIS_URL
from cli.main import COMMANDS, bluegreen

pytestmark = pytest.mark.unit

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs" / "configuration.md").read_text(encoding="utf-8")
BLOCK = re.search(r"```toml\n(.*?)```", PAGE, re.S)
#: a section, with `*` for the name of a service, and a key
Key = tuple[str, str]


def settings(model: type[BaseModel], section: str = "") -> Iterator[tuple[Key, FieldInfo]]:
    """All of them, each with the section that it belongs to."""
    for name, field in model.model_fields.items():
        path = f"{section}.{name}".lstrip(".")
        inner = models_in(field.annotation)
        if not inner:
            yield (section, field.alias or name), field
        for each in inner:
            yield from settings(each, f"{path}.*" if name in ("services", "background") else path)


def models_in(annotation: object) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [model for inner in getattr(annotation, "__args__", ()) for model in models_in(inner)]


def documented(block: str) -> Iterator[tuple[Key, Any]]:
    """What stands in the reference, also as a comment: its section, its key and its value."""
    section = ""
    for line in block.splitlines():
        if header := re.match(r"\[+([a-z_.]+)\]", line):
            section = re.sub(r"(services|background)\.[a-z]+", r"\1.*", header[1])
        elif re.match(r"(# )?[a-z_]+ = ", line):
            ((key, value),) = tomllib.loads(line.removeprefix("# ")).items()
            yield (section, key), value


def reference() -> list[tuple[Key, Any]]:
    assert BLOCK is not None
    return list(documented(BLOCK[1]))


def test_the_config_of_the_reference_is_a_good_one_and_names_every_setting_in_its_section() -> None:
    assert BLOCK is not None
    config_file.parse(tomllib.loads(BLOCK[1]))

    assert {key for key, _ in reference()} == {key for key, _ in settings(Config)}


@pytest.mark.parametrize(
    ("key", "field"), [pytest.param(*each, id=".".join(each[0])) for each in settings(Config)]
)
def test_the_value_that_stands_there_is_the_default(key: Key, field: FieldInfo) -> None:
    default = DEFAULT_REDIS_URL if key == ("redis", "url") else field.get_default(call_default_factory=True)
    if field.is_required() or default in (None, (), {}):
        return  # what stands there is an example
    plain = TypeAdapter(field.annotation).dump_python(default, mode="json")
    assert plain in [value for each, value in reference() if each == key]


def test_a_setting_that_is_in_the_wrong_section_is_seen() -> None:
    assert list(documented("[services.web.drain]\ntimeout = 30\n# seconds = 5\n")) == [
        (("services.*.drain", "timeout"), 30),
        (("services.*.drain", "seconds"), 5),
    ]


def test_every_option_is_written_of_beside_a_command_that_has_it() -> None:
    pages = [page.read_text(encoding="utf-8") for page in (ROOT / "README.md", *(ROOT / "docs").glob("*.md"))]
    # A row of the table of commands that begins with … goes on about the command of the row before.
    lines = re.sub(r"\n\| …", " …", "\n".join(pages)).splitlines()
    commands = [bluegreen.get_command(click.Context(bluegreen), name) for name in COMMANDS]
    having: dict[str, set[str]] = {}
    for command in filter(None, commands):
        for each in (command, *getattr(command, "commands", {}).values()):
            for option in (each for each in each.params if isinstance(each, click.Option)):
                having.setdefault(max(option.opts, key=len), set()).add(command.name or "")

    for option, names in having.items():
        either = "|".join(sorted(names))
        beside = re.compile(rf"^(?=.*(\bbluegreen\W{{1,4}}|\bdaemon install |^\| )({either})\b)(?=.*{option}\b)")
        assert any(beside.search(line) for line in lines), f"no page tells of bluegreen {either} {option}"
