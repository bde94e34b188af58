"""What both colours share: projects that are never started nor stopped here, and which files they mount."""

import os
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

from bluegreen.deployment.errors import PhaseFailed
from bluegreen.deployment.states import Color
from bluegreen.settings.service import ComposeSettings
from compose.project import commands, reading


def mounted(workspace: Path, settings: ComposeSettings, of_release: Collection[str]) -> list[Path]:
    """The shared compose files, and what their services mount; of one that Compose cannot read, only itself.

    The project of whose files colours are derived is shared, too, but for the services `of_release`.
    """
    projects = [commands.Project("shared", (name,)) for name in settings.shared]
    if settings.files:
        projects.append(commands.Project("shared", settings.files, is_derived=True))
    found: list[Path] = []
    for project in projects:
        found += (workspace / name for name in project.files)
        found += _mounted_by(workspace, project, of_release)
    return found


def _mounted_by(workspace: Path, project: commands.Project, of_release: Collection[str]) -> Iterator[Path]:
    env = {**os.environ, **commands.variables(Color.BLUE)}
    try:
        read = reading.read_whole if project.is_derived else reading.read
        file = read(project, workspace, env)
    except PhaseFailed:
        return  # it may lean on another of them; whether it runs is its owner's affair
    for name, service in file.services.items():
        if not (project.is_derived and name in of_release):
            yield from _binds(service)
    for kind in ("configs", "secrets"):
        yield from (Path(each["file"]) for each in (file.content.get(kind) or {}).values() if each.get("file"))


def _binds(service: Mapping[str, Any]) -> Iterator[Path]:
    yield from (Path(each["source"]) for each in service.get("volumes") or () if each["type"] == "bind")
