"""The background services of a colour, made of the project's own compose files. Pure.

They keep their names: what asks the network for `worker` finds those of the version that is live.
"""

import copy
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from compose.project.color_file import ColorFile, ColorService, Origin
from compose.project.derive import (
    as_external,
    defined,
    dependencies_of,
    expect_another_name,
    on_network,
    refuse_unfinished,
    used,
    volumes_of,
)
from compose.project.not_alone import refuse_what_is_not_alone

Parts = dict[str, Any]

#: keys that are left out, and why
LEFT_OUT = {
    "container_name": "the containers of both versions are there at once",
    "hostname": "each version has a name of its own, by which Celery knows a worker",
    "profiles": "bluegreen alone starts it",
    "links": "other services are reached by their names on the networks",
    "depends_on": "what it depends on runs already, and stays",
}


@dataclass(frozen=True)
class BackgroundWish:
    """What they are to be."""

    #: their Compose project
    name: str
    #: the application's service in the files
    application: str
    #: theirs, each with whether two versions of it may run at once
    overlap: Mapping[str, bool]
    has_migrations: bool = False


def derived_background(file: ColorFile, wish: BackgroundWish) -> ColorFile:
    """The file of a colour's background services. Raises PhaseFailed for what one cannot have, by its name."""
    project = str(file.content.get("name", ""))
    expect_another_name(file, project, wish.name)
    written = [file.service(name) for name in wish.overlap]
    for own in written:
        refuse_what_is_not_alone(file, own, has_traffic=False)
        refuse_unfinished(file, own, wish.has_migrations)
    definitions = {own.name: _definition(own, wish.overlap[own.name]) for own in written}
    networks = {key for each in definitions.values() for key in each.get("networks") or ()}
    volumes = {key for each in definitions.values() for key in volumes_of(each)}
    content = {
        "name": wish.name,
        "services": definitions,
        "networks": {key: as_external(file, "networks", key) for key in sorted(networks)},
        "volumes": {key: as_external(file, "volumes", key) for key in sorted(volumes)},
        **{kind: _all_used(file, kind, definitions) for kind in ("configs", "secrets")},
    }
    return ColorFile(file.path, content, _origin(file, project, written, wish))


def _definition(own: ColorService, overlaps: bool) -> Parts:
    definition = copy.deepcopy(dict(own.definition))
    for key in LEFT_OUT:
        definition.pop(key, None)
    if overlaps:
        definition.pop("ports", None)
        if networks := definition.get("networks"):
            definition["networks"] = {key: on_network(each) for key, each in networks.items()}
    return definition


def _all_used(file: ColorFile, kind: str, definitions: Mapping[str, Parts]) -> Parts:
    return {key: each for one in definitions.values() for key, each in used(file, kind, one).items()}


def _origin(file: ColorFile, project: str, written: list[ColorService], wish: BackgroundWish) -> Origin:
    of_release = {wish.application, *wish.overlap}
    needed = {name: each for own in written for name, each in dependencies_of(own).items()}
    return Origin(
        project=project,
        service=", ".join(wish.overlap),
        dependencies={name: each for name, each in needed.items() if name not in of_release},
        volumes={key: defined(file, "volumes", key) for own in written for key in volumes_of(own.definition)},
        changes=tuple(line for own in written for line in _changes(own, wish)),
    )


def _changes(own: ColorService, wish: BackgroundWish) -> Iterator[str]:
    """What becomes other, a line each."""
    yield f"{own.name}: in the Compose project {wish.name}"
    for key, why in LEFT_OUT.items():
        if own.definition.get(key):
            yield f"{own.name}: {key}: left out: {why}"
    if own.definition.get("ports") and wish.overlap[own.name]:
        yield f"{own.name}: ports: left out: both versions run at once for a while"
