"""Our tags, by which the images of releases are kept."""

import contextlib

from docker import DockerClient
from docker.errors import APIError, ImageNotFound

from compose.images import pull
from compose.images.file import Image


def is_here(client: DockerClient, image: Image) -> bool:
    """Whether the Engine has it, under whatever name."""
    return pull.inspected(client, image.id) is not None


def hold(client: DockerClient, image: Image) -> bool:
    """Afterwards our tag means this image, whatever it meant before. False when the image is gone."""
    found = pull.inspected(client, image.tag)
    if found and found["Id"] == image.id:
        return True
    name, _, tag = image.tag.rpartition(":")
    try:
        client.api.tag(image.id, name, tag)
    except ImageNotFound:
        return False
    return True


def let_go(client: DockerClient, image: Image) -> None:
    """Remove our tag, and the image where no other tag has it."""
    found = pull.inspected(client, image.tag)
    if not found or found["Id"] != image.id:
        return  # it has another one by now
    with contextlib.suppress(APIError):
        client.api.remove_image(image.tag)
    # A moving tag that moved on leaves its digest behind, and with it the whole image.
    if (left := pull.inspected(client, image.id)) and not left["RepoTags"]:
        with contextlib.suppress(APIError):
            client.api.remove_image(image.id)
