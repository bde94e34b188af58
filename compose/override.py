"""The compose file that we lay over the user's own: our image names and labels. Pure but for `write`."""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from compose.colorfile import ColorFile
from deployment import system
from deployment.states import Color

SERVICE_LABEL = "bluegreen.service"
COLOR_LABEL = "bluegreen.color"
DEPLOYMENT_LABEL = "bluegreen.deployment"
RELEASE_LABEL = "bluegreen.release"


def override(file: ColorFile, service: str, color: Color, images: Mapping[str, str]) -> str:
    """The text to write: labels for every service in the file, and the images that some of them run.

    Images are here by the time that anything starts: Compose asks no registry for one.
    """
    labels = {
        SERVICE_LABEL: service.replace("$", "$$"),
        COLOR_LABEL: color.value,
        DEPLOYMENT_LABEL: "${BLUEGREEN_DEPLOYMENT}",
        RELEASE_LABEL: "${BLUEGREEN_RELEASE}",
    }
    services: dict[str, Any] = {
        name: {"labels": labels, "pull_policy": "never"} | ({"image": images[name]} if name in images else {})
        for name in file.services
    }
    return json.dumps({"services": services}, indent=2) + "\n"


def write(path: Path, text: str) -> None:
    """Afterwards the file has this text; Compose never reads half of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.is_file() and path.read_text("utf-8") == text:
        return
    beside = path.with_suffix(f".{os.getpid()}.tmp")
    beside.write_text(text, "utf-8", newline="\n")
    system.replace(beside, path)
