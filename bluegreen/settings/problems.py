"""What is wrong with the values of bluegreen.toml, in the words of its own: a line for each wrong key. Pure."""

from collections.abc import Sequence
from difflib import get_close_matches
from typing import Any, get_args, get_origin

from pydantic import BaseModel, ValidationError

from bluegreen.settings.service import Config

#: pydantic's words name Python's types
PLAIN = {
    "int": "should be a whole number",
    "float": "should be a number",
    "bool": "should be true or false",
    "string_type": "should be text, in quotes",
    "string_too_short": "should not be empty",
    "string_too_long": "should have {max_length} characters at most",
    "string_pattern_mismatch": "should match {pattern}",
    "path_type": "should be a path, in quotes",
    "datetime": "should be a date and time, such as 2026-12-23T18:00:00",
    "tuple_type": 'should be a list, such as ["a", "b"]',
    "too_short": "should not be empty",
    "dict_type": "should be a section",
    "model_type": "should be a section",
    "literal_error": "should be {expected}",
    "enum": "should be {expected}",
    "greater_than_equal": "should be {ge:g} or more",
    "greater_than": "should be more than {gt:g}",
    "less_than_equal": "should be {le:g} or less",
    "less_than": "should be less than {lt:g}",
}


def problems(error: ValidationError) -> list[str]:
    """One line for each wrong key, which begins with its path."""
    return [_line(each) for each in error.errors() if not _follows_from_another(each)]


def _line(each: Any) -> str:
    path = ".".join(str(part) for part in each["loc"])
    return f"{path}: {_what(each, path)}" if path else _what(each, path)


def _what(each: Any, path: str) -> str:
    kind, given = each["type"], each["input"]
    if kind == "extra_forbidden":
        return f"unknown key{_suggest(each['loc'])}"
    if kind == "missing":
        return "is missing"
    if kind == "tuple_type" and isinstance(given, dict):
        return f"should be a list of sections: [[{path}]]"
    words = PLAIN.get(kind) or PLAIN.get(kind.partition("_")[0])
    what = words.format(**each.get("ctx", {})) if words else each["msg"].removeprefix("Value error, ")
    # A URL may be a secret, or have one in it; so may what was put in place of the name of its variable.
    secret = path.endswith(("url", "_env", "preview.value"))
    return f"{what} (it is {given!r})" if isinstance(given, str | int | float) and not secret else what


def _suggest(path: Sequence[str | int]) -> str:
    known = [each.alias or name for name, each in _section(path[:-1]).model_fields.items()]
    close = get_close_matches(str(path[-1]), known, n=1)
    return f"; did you mean {close[0]}?" if close else f"; known here: {', '.join(sorted(known))}"


def _section(path: Sequence[str | int]) -> type[BaseModel]:
    """The model of the section at that path."""
    section: type[BaseModel] = Config
    parts = iter(path)
    for part in parts:
        kind = section.model_fields[str(part)].annotation
        if get_origin(kind) in (dict, tuple):
            next(parts, None)  # a name, or a number
        (section,) = _models(kind)
    return section


def _models(kind: Any) -> list[type[BaseModel]]:
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        return [kind]
    return [model for inner in get_args(kind) for model in _models(inner)]


def _follows_from_another(each: Any) -> bool:
    """pydantic also says of a list that it is empty when all its entries are wrong."""
    return each["type"] == "too_short" and bool(each["input"])
