"""A config as far as it can be known by looking: each value with where it came from. Pure."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bluegreen.settings.service import HealthSettings
from compose.survey import Running

#: a health check's URL; curl takes one without http://
_URL = re.compile(r"(?:https?://[^/\s'\"]+|\b(?:localhost|127\.0\.0\.1|0\.0\.0\.0)(?::\d+)?)(/[^\s'\"|)\]]*)")


@dataclass(frozen=True)
class Value:
    """What a setting is, and why; one that is not `sure` is for a person to check."""

    value: Any
    why: str = ""
    sure: bool = True


@dataclass(frozen=True)
class Draft:
    """The tables of a service, in the order in which they are written."""

    name: str
    redis: dict[str, Value]
    service: dict[str, Value]
    compose: dict[str, Value]
    ports: dict[str, Value]
    health: dict[str, Value]
    proxies: tuple[dict[str, Value], ...] = ()
    #: by the name of the section
    background: Mapping[str, dict[str, Value]] = field(default_factory=dict)
    #: what a person has to do or to know besides
    notes: tuple[str, ...] = ()


def redis_of(running: Sequence[Running]) -> dict[str, Value]:
    """A Redis of the project that this host reaches."""
    for each in running:
        if port := each.ports.get(6379):
            why = f"container {each.name}; one of bluegreen's own is as good"
            return {"url": Value(f"redis://127.0.0.1:{port}/0", why, False)}
    return {}


def health_of(check: str) -> Value:
    """By the words of the container's own health check."""
    if found := _URL.search(check):
        return Value(found[1], "from the container's own health check")
    return Value(HealthSettings().path, "what answers 200 only when the application is really ready?", False)


def relative(path: str, folder: Path) -> str:
    """From the folder, where it lies in there; with forward slashes."""
    try:
        return Path(path).relative_to(folder).as_posix()
    except ValueError:
        return Path(path).as_posix()
