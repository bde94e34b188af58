"""schema: the config file's JSON schema, for editors."""

import json
from typing import Any

import click

from bluegreen.settings.service import Config


@click.command()
def schema() -> None:
    """Print the JSON schema of bluegreen.toml, for editors.

    An editor that knows the schema completes and checks keys.
    """
    click.echo(text(), nl=False)


def text() -> str:
    """The schema of what `bluegreen.settings.service` accepts, but for what only holds between several keys."""
    described = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "bluegreen.toml"}
    return json.dumps(_without_null(Config.model_json_schema()) | described, indent=2) + "\n"


def _without_null(schema: Any) -> Any:
    """TOML has no null: a setting is left out instead. Without that choice, editors say which key is wrong."""
    if isinstance(schema, list):
        return [_without_null(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    plain = {key: _without_null(each) for key, each in schema.items() if each is not None}
    match plain.pop("anyOf", None):
        case [only, {"type": "null"}]:
            return plain | only
        case None:
            return plain
        case choices:
            return plain | {"anyOf": choices}
