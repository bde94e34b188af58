"""The docs say what is: every command, every setting, and the example config."""

import re
import tomllib
from pathlib import Path

import pytest
from pydantic import BaseModel

from cli.main import bluegreen
from deployment import configfile, keys
from deployment.settings import Config
from workflows.deploy import TASKS

pytestmark = pytest.mark.unit

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
ARCHITECTURE = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
CONFIGURATION = (ROOT / "docs" / "configuration.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("command", sorted(bluegreen.commands))
def test_every_command_is_in_the_readme(command: str) -> None:
    assert re.search(rf"bluegreen {command}\b|`{command} ", README), f"README.md does not mention {command}"


def test_every_command_of_the_readme_exists() -> None:
    mentioned = set(re.findall(r"bluegreen ([a-z]+)\b", "\n".join(re.findall(r"`[^`]+`|^    .*$", README, re.M))))
    assert mentioned <= set(bluegreen.commands)


def test_every_make_target_of_the_readme_exists() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for target in re.findall(r"make ([a-z-]+)", README):
        assert re.search(rf"^{target}:", makefile, re.M), target


def test_the_config_of_the_readme_is_a_good_one() -> None:
    block = re.search(r"(?:^    .*\n|^\n)*^    \[services\.web\]\n(?:^    .*\n|^\n)*", README, re.M)
    assert block is not None
    config = configfile.parse(tomllib.loads(re.sub(r"^    ", "", block[0], flags=re.M)))
    assert set(config.services) == {"web"}


def test_the_config_of_the_reference_is_a_good_one_and_names_every_setting() -> None:
    block = re.search(r"```toml\n(.*?)```", CONFIGURATION, re.S)
    assert block is not None
    configfile.parse(tomllib.loads(block[1]))
    missing = [name for name in settings(Config) if not re.search(rf"^#?\s*{name}\s*=|\b{name}\]", block[1], re.M)]
    assert missing == [], "docs/configuration.md leaves out a setting"


def settings(model: type[BaseModel]) -> set[str]:
    """The names of all settings, in all sections."""
    found: set[str] = set()
    for name, field in model.model_fields.items():
        found.add(name)
        for inner in models_in(field.annotation):
            found |= settings(inner)
    return found - {"services", "redis"}


def models_in(annotation: object) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [model for inner in getattr(annotation, "__args__", ()) for model in models_in(inner)]


def test_every_redis_key_is_in_the_architecture() -> None:
    for key in (keys.record("{id}"), keys.events("{id}"), keys.lease("{id}"), keys.service("{name}")):
        assert f"`{key.removeprefix(keys.PREFIX)}`" in ARCHITECTURE


def test_every_room_and_phase_is_in_the_architecture() -> None:
    for phase in TASKS:
        assert phase in ARCHITECTURE
    for room in ("workflows", "tasks", "compose", "nginx", "processes", "source", "deployment", "cli"):
        assert f"`{room}/`" in ARCHITECTURE


def test_no_package_host_stands_in_a_file_of_dependencies() -> None:
    for file in ("constraints.txt", "pyproject.toml"):
        assert "://" not in (ROOT / file).read_text(encoding="utf-8")
