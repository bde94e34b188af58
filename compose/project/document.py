"""The one document that Compose is given for a colour: what it made of the user's file, and our words. Pure.

It goes by standard input alone: it has in it what `.env` files and the environment say.
"""

import copy
import json
import math
from collections.abc import Callable, Iterable, Mapping, MutableMapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

SERVICE_LABEL = "bluegreen.service"
COLOR_LABEL = "bluegreen.color"
DEPLOYMENT_LABEL = "bluegreen.deployment"
RELEASE_LABEL = "bluegreen.release"
#: of the colour's own service: host:port, as a proxy beside it reaches it
ADDRESS_LABEL = "bluegreen.address"

Parts = MutableMapping[str, Any]
Location = Callable[[str], str]


@dataclass(frozen=True)
class Changes:
    """What becomes other than the user's file has it."""

    #: of every service, and of single ones
    labels: Mapping[str, str]
    labels_of: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    #: by the names of the services
    images: Mapping[str, str] = field(default_factory=dict)
    #: between SIGTERM and SIGKILL, of a service that does not say it
    stop_grace: float = 10


def derived(content: Mapping[str, Any], changes: Changes) -> dict[str, Any]:
    """The document to give, from the one that Compose has printed."""
    document = copy.deepcopy(dict(content))
    for name, service in _parts(document, "services"):
        labels = {**(service.get("labels") or {}), **changes.labels, **changes.labels_of.get(name, {})}
        service["labels"] = labels
        if name in changes.images:
            service["image"] = changes.images[name]
        # it is here by the time that anything starts
        service["pull_policy"] = "never"
        service.setdefault("stop_grace_period", f"{math.ceil(changes.stop_grace)}s")
        # those that are not wanted are not in it; and nobody watches files here
        for gone in ("profiles", "develop"):
            service.pop(gone, None)
    return document


def relocated(content: Mapping[str, Any], placed: Location) -> dict[str, Any]:
    """The same with each path that Compose has made absolute where `placed` says that the file or folder is."""
    document = copy.deepcopy(dict(content))
    for _, service in _parts(document, "services"):
        _place_service(service, placed)
    for kind in ("configs", "secrets"):
        for _, each in _parts(document, kind):
            _place(each, "file", placed)
    for _, volume in _parts(document, "volumes"):
        _place(volume.get("driver_opts") or {}, "device", placed)
    return document


def written(document: Mapping[str, Any]) -> str:
    """As Compose takes it: each $ stands for itself."""
    return json.dumps(_escaped(document))


def read_back(printed: Any) -> Any:
    """What Compose has printed, with each $ as itself: it prints two for one."""
    if isinstance(printed, dict):
        return {read_back(key): read_back(value) for key, value in printed.items()}
    if isinstance(printed, list):
        return [read_back(value) for value in printed]
    return printed.replace("$$", "$") if isinstance(printed, str) else printed


def _escaped(value: Any) -> Any:
    """Names of parts are not looked through for variables, values are."""
    if isinstance(value, dict):
        return {key: _escaped(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_escaped(each) for each in value]
    return value.replace("$", "$$") if isinstance(value, str) else value


def _place_service(service: Parts, placed: Location) -> None:
    for volume in service.get("volumes") or ():
        if volume.get("type") == "bind":
            _place(volume, "source", placed)
    if build := service.get("build"):
        _place_build(build, placed)


def _place_build(build: Parts, placed: Location) -> None:
    context, file = build.get("context"), build.get("dockerfile")
    _place(build, "context", placed)
    if context and file and "://" not in context:
        # it may lie elsewhere than its context: outside of it, or untracked in it
        where = placed(str(Path(context, file)))
        if Path(where) != Path(build["context"], file):
            build["dockerfile"] = where
    for name in (contexts := build.get("additional_contexts") or {}):
        _place(contexts, name, placed)


def _place(part: Parts, key: str, placed: Location) -> None:
    if isinstance(path := part.get(key), str) and Path(path).is_absolute():
        part[key] = placed(path)


def _parts(document: Mapping[str, Any], kind: str) -> Iterable[tuple[str, Parts]]:
    return [(name, part) for name, part in (document.get(kind) or {}).items() if part is not None]
