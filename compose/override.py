"""The compose file that we lay over the user's own: our image names and labels. Pure but for `write`.

What differs from one deployment to the next comes in through variables, so that the file never changes: it
lies below the workspace, and a change there would throw away the build's cache.
"""

import json
import os
from pathlib import Path
from typing import Any

from compose.colorfile import ColorFile
from compose.commands import lowered
from deployment import system
from deployment.states import Color

SERVICE_LABEL = "bluegreen.service"
COLOR_LABEL = "bluegreen.color"
DEPLOYMENT_LABEL = "bluegreen.deployment"
RELEASE_LABEL = "bluegreen.release"


def image_name(service: str, release: str) -> str:
    """The image built for a release."""
    return f"{lowered(service)}:{release}"


def repository(image: str) -> str:
    """An image's name without its tag or digest."""
    name, _, last = image.partition("@")[0].rpartition("/")
    return f"{name}/{last.partition(':')[0]}".lstrip("/")


def override(file: ColorFile, main: str, service: str, color: Color) -> str:
    """The text to write: labels for every service in the file, and the image for each that is built."""
    images = _images(file, main, service)
    labels = {
        SERVICE_LABEL: service.replace("$", "$$"),
        COLOR_LABEL: color.value,
        DEPLOYMENT_LABEL: "${BLUEGREEN_DEPLOYMENT}",
        RELEASE_LABEL: "${BLUEGREEN_RELEASE}",
    }
    services: dict[str, Any] = {
        name: {"labels": labels} | ({"image": images[name]} if name in images else {}) for name in file.services
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


def built_beside(file: ColorFile, service: str, release: str) -> dict[str, str]:
    """The images of a release that are built for the services of the file, by their names."""
    built = (name for name, definition in file.services.items() if definition.get("build"))
    return {name: image_name(f"{service}-{name}", release) for name in built}


def _images(file: ColorFile, main: str, service: str) -> dict[str, str]:
    """The image of each service that is built, and of those that run another one's image (web and worker)."""
    built = built_beside(file, service, "${BLUEGREEN_RELEASE}")
    ours = built | {main: "${BLUEGREEN_IMAGE}"}
    declared = {file.services[name].get("image"): tag for name, tag in ours.items()}
    borrowed = {
        name: declared[image]
        for name, definition in file.services.items()
        if (image := definition.get("image")) is not None and image in declared
    }
    return borrowed | ours
