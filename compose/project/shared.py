"""What both colours share: projects that are never started nor stopped here, and which files they mount."""

import os
from collections.abc import Iterator
from pathlib import Path

from bluegreen.deployment.errors import PhaseFailed
from bluegreen.deployment.states import Color
from bluegreen.settings.service import ComposeSettings
from compose.project import commands, reading


def mounted(workspace: Path, settings: ComposeSettings) -> list[Path]:
    """The shared compose files, and what their services mount; of one that Compose cannot read, only itself."""
    found: list[Path] = []
    for name in settings.shared:
        found.append(workspace / name)
        found += _mounted_by(workspace, name)
    return found


def _mounted_by(workspace: Path, name: str) -> Iterator[Path]:
    project = commands.Project("shared", name)
    try:
        content = reading.read(project, workspace, {**os.environ, **commands.variables(Color.BLUE)}).content
    except PhaseFailed:
        return  # it may lean on another of them; whether it runs is its owner's affair
    for service in (content.get("services") or {}).values():
        yield from (Path(each["source"]) for each in service.get("volumes") or () if each["type"] == "bind")
    for kind in ("configs", "secrets"):
        yield from (Path(each["file"]) for each in (content.get(kind) or {}).values() if each.get("file"))
