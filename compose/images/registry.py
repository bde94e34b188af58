"""What a registry has now under an image's name, with nothing pulled: whether there is news for a schedule."""

from collections.abc import Mapping
from typing import Any

from docker import DockerClient
from docker.errors import APIError, DockerException

from bluegreen.deployment.errors import ImageRefused
from compose.images.pull import problem_of
from compose.project.commands import UNKNOWN


def digest(client: DockerClient, service: str, definition: Mapping[str, Any]) -> str:
    """Of the image that a compose service names: `sha256:…`. ImageRefused where no registry says it."""
    name = str(definition.get("image") or "")
    if definition.get("build") or not name:
        raise ImageRefused(
            f"{service} is built on this host: no registry says whether it has changed",
            advice="Give the service a [source], or take only_when_changed out of its schedule.",
        )
    if UNKNOWN in name:
        raise ImageRefused(
            f"which image {service} would run is not known: its name has the release in it ({name})",
            advice="Give the schedule a ref, or take only_when_changed out of it.",
        )
    if "@" in name:
        return name.rpartition("@")[2]
    try:
        found = client.api.inspect_distribution(name)  # type: ignore[no-untyped-call]
        return str(found["Descriptor"]["digest"])
    except APIError as error:
        said = str(error.explanation or error)
        raise ImageRefused(
            f"the registry does not say which image {name} is", said, problem_of(said).value
        ) from error
    except DockerException as error:  # a login that cannot be read
        raise ImageRefused(f"the registry cannot be asked for {name}", str(error)) from error
