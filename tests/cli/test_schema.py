"""The schema of the config file is the one that is committed, and knows what the program knows."""

import json
import tomllib
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from cli.looking import schema

pytestmark = pytest.mark.unit

ROOT = Path(__file__).parents[2]
COMMITTED = ROOT / "docs" / "bluegreen.schema.json"


def problems(text: str) -> list[str]:
    validator = Draft202012Validator(json.loads(schema.text()))
    return [error.message for error in validator.iter_errors(tomllib.loads(text))]


def test_the_committed_schema_is_what_the_settings_say() -> None:
    assert COMMITTED.read_text("utf-8") == schema.text(), "run: bluegreen schema > docs/bluegreen.schema.json"


@pytest.mark.parametrize("file", sorted(ROOT.glob("examples/**/bluegreen.toml")), ids=str)
def test_it_is_a_schema_and_accepts_the_examples(file: Path) -> None:
    Draft202012Validator.check_schema(json.loads(schema.text()))
    assert problems(file.read_text("utf-8")) == []


def test_it_refuses_an_unknown_key_and_a_wrong_value() -> None:
    wrong = """
    [services.web]
    proxies = [{ container = "proxy", file = "a.inc", colour = 1 }]
    [services.web.ports]
    blue = "8000"
    green = 8001
    """
    said = "\n".join(problems(wrong))

    assert "'colour' was unexpected" in said and "'8000' is not of type 'integer'" in said
