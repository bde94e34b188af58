"""Files out of a real image."""

import io
import subprocess
import tarfile
from pathlib import Path

import docker
import pytest

from bluegreen.deployment.errors import PhaseFailed, Superseded
from compose.engine.archive import extract
from compose.images.contents import LABEL, copy_files
from compose.images.file import Image
from tests.cancellations import Free, Stale
from tests.compose.conftest import engine, images, name

__all__ = ["engine", "images", "name"]

DOCKERFILE = """FROM PYTHON
RUN mkdir -p /data/static/css && echo body > /data/static/css/site.css \\
    && ln -s css/site.css /data/static/main.css && ln -s /data /app \\
    && mkdir /data/out && ln -s /etc/hostname /data/out/name
"""


def texts(folder: Path) -> dict[str, str]:
    return {each.relative_to(folder).as_posix(): each.read_text() for each in folder.rglob("*") if each.is_file()}


@pytest.fixture
def image(engine: docker.DockerClient, images: dict[str, str], name: str, tmp_path: Path) -> Image:
    (tmp_path / "Dockerfile").write_text(DOCKERFILE.replace("PYTHON", images["PYTHON_IMAGE"]))
    subprocess.run(["docker", "build", "--tag", f"{name}:1", tmp_path], check=True, capture_output=True)
    return Image(id=str(engine.images.get(f"{name}:1").id), tag=f"{name}:1", name=f"{name}:1")


@pytest.mark.docker
def test_the_files_come_out_and_no_container_is_left(
    image: Image, engine: docker.DockerClient, name: str, tmp_path: Path
) -> None:
    left = engine.containers.create(image.id, ["-"], labels={LABEL: name})  # by a worker that was killed
    try:
        for path in ("/data/static", "/app/static"):
            into = tmp_path / path.replace("/", "-")
            into.mkdir()
            copy_files(image, path, into, name, Free())
            assert texts(into) == {"css/site.css": "body\n", "main.css": "body\n"}, path

        with pytest.raises(PhaseFailed, match="has no folder /nowhere"):
            copy_files(image, "/nowhere", tmp_path / "x", name, Free())
        with pytest.raises(PhaseFailed, match="name is not a file of that folder"):
            copy_files(image, "/data/out", tmp_path / "y", name, Free())
        with pytest.raises(Superseded):
            copy_files(image, "/data/static", tmp_path / "z", name, Stale())

        assert engine.containers.list(all=True, filters={"label": f"{LABEL}={name}"}) == []
        assert left.id not in [each.id for each in engine.containers.list(all=True, ignore_removed=True)]
    finally:
        engine.images.remove(image.tag, force=True)


@pytest.mark.unit
@pytest.mark.parametrize("path", ["../out", "/etc/passwd", "a/../../out"])
def test_a_path_that_leads_out_of_the_folder_is_refused(path: str, tmp_path: Path) -> None:
    archived = io.BytesIO()
    with tarfile.open(fileobj=archived, mode="w") as archive:
        archive.addfile(tarfile.TarInfo(path), io.BytesIO(b""))
    archived.seek(0)

    with pytest.raises(PhaseFailed, match="not a file of that folder"):
        extract(archived, tmp_path / "into")

    assert not (tmp_path / "out").exists()
