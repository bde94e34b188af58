"""Files out of an image: by a container that is made of it, and never started."""

import contextlib
import tempfile
from collections.abc import Iterator
from pathlib import Path

from docker import DockerClient
from docker.errors import NotFound
from docker.models.containers import Container

from bluegreen import failpoints
from bluegreen.deployment.cancellation import Cancellation
from bluegreen.deployment.errors import PhaseFailed
from compose.engine.archive import extract
from compose.engine.client import engine
from compose.images.file import Image

#: on the container: which service's it is
LABEL = "bluegreen.files"
#: seconds in which the Engine has to hand out the next part
TIMEOUT = 120.0


def copy_files(image: Image, path: str, into: Path, service: str, cancellation: Cancellation) -> None:
    """Afterwards the folder has the files below that path of the image. PhaseFailed where it has no such folder.

    No container is left of it, nor one that a killed worker has left.
    """
    with engine(TIMEOUT) as client, _container(client, image, service, cancellation) as made:
        try:
            pieces, _ = made.get_archive(f"{path}/.")
        except NotFound as error:
            raise PhaseFailed(
                f"the image {image.name} has no folder {path}",
                str(error.explanation or ""),
                "Correct static.from in the config file: the folder in the image, as its build has left it.",
            ) from error
        with tempfile.TemporaryFile(dir=into.parent) as archived:
            for piece in pieces:
                archived.write(piece)
            archived.seek(0)
            extract(archived, into)


@contextlib.contextmanager
def _container(
    client: DockerClient, image: Image, service: str, cancellation: Cancellation
) -> Iterator[Container]:
    remove_left(client, service)
    cancellation.check()
    with failpoints.around("make container of files"):
        made = client.containers.create(image.id, ["-"], labels={LABEL: service})
    try:
        yield made
    finally:
        remove_left(client, service)


def remove_left(client: DockerClient, service: str) -> None:
    """Afterwards there is no such container of the service."""
    for each in client.containers.list(all=True, filters={"label": f"{LABEL}={service}"}, ignore_removed=True):
        with contextlib.suppress(NotFound):
            each.remove(force=True, v=True)
