"""The guestbook with one compose file: adopted, deployed and given back under a load."""

import shutil
import tomllib
from collections.abc import Iterator
from pathlib import Path

import docker
import pytest

from bluegreen import http
from bluegreen.settings import config_file
from bluegreen.settings.service import ServiceSettings
from cli.demo.servers import free_port
from examples.django.stack import HERE, IMAGES, wheels_for
from tests.cli.adopt.project import Load, Project
from tests.cli.adopt.test_finish import worker
from tests.compose.app import eventually
from tests.compose.conftest import engine, images, name, remove_all

__all__ = ["engine", "images", "name"]

pytestmark = [pytest.mark.docker, pytest.mark.timeout(400)]
EXAMPLE = HERE.parent / "django-one-file"
PATH = "api/v1/test"


@pytest.fixture
def guestbook(
    engine: docker.DockerClient, images: dict[str, str], name: str, tmp_path: Path
) -> Iterator[tuple[Project, str]]:
    """A copy of it that runs, migrated, without a bluegreen.toml; and the one of the example, by its names."""
    leave_out = shutil.ignore_patterns(".env", "__pycache__")
    shutil.copytree(HERE, tmp_path / "django", ignore=leave_out)
    shutil.copytree(EXAMPLE, tmp_path / "site", ignore=leave_out)
    if wheels := wheels_for(images, tmp_path / "wheels"):
        shutil.copytree(wheels, tmp_path / "django" / "wheels", dirs_exist_ok=True)
    project, redis_port = Project(tmp_path / "site", name, images), free_port()
    project.env["STATE_DIRECTORY"] = str(tmp_path / "state")
    compose = project.folder / "docker-compose.yml"
    compose.write_text(compose.read_text().replace("name: guestbook", f"name: {name}"))
    settings = {"PORT": project.port, "REDIS_PORT": redis_port, **({"PIP_NO_INDEX": 1} if wheels else {})}
    settings |= {each: images[each] for each in IMAGES}
    lines = [f"{key}={value}\n" for key, value in settings.items()]
    example = (project.folder / ".env.example").read_text().replace("=\n", "=secret\n")
    (project.folder / ".env").write_text(example + "".join(lines))
    config = project.folder / "bluegreen.toml"
    text = config.read_text().replace("guestbook", name).replace("6379", str(redis_port))
    config.unlink()
    try:
        project.compose("up", "--detach", "--build")
        project.compose("exec", "--no-TTY", "web", "python", "manage.py", "migrate_once", "--noinput")
        eventually(lambda: http.get(project.site + PATH, 2).status == 200)
        yield project, text.replace("8080", str(project.port)).replace("services.web", f"services.{name}")
    finally:
        project.compose("down", "--volumes", "--timeout", "0")
        remove_all(engine, name)


def service(text: str) -> ServiceSettings:
    (found,) = config_file.parse(tomllib.loads(text)).services.values()
    return found


def test_its_config_is_what_adopt_writes_and_it_goes_there_and_back(
    guestbook: tuple[Project, str], tmp_path: Path, redis_url: str, redis: object
) -> None:
    project, example = guestbook
    project.env["BLUEGREEN_REDIS_URL"] = redis_url
    # each request asks the database, by a connection of its own
    with Load(project.site + PATH, 5).running() as load:
        project.bluegreen("adopt", project.name, "--yes")
        config = project.folder / "bluegreen.toml"
        written, wanted = service(config.read_text()), service(example)
        assert (written.compose, written.proxies[0].url) == (wanted.compose, wanted.proxies[0].url)
        assert written.proxies[0].container == wanted.proxies[0].container and not written.background
        drafted = config.read_text()
        config.write_text(example.replace("bluegreen-web.inc", f"bluegreen-{project.name}.inc"))
        with_worker = worker(project, tmp_path, redis_url)
        try:
            project.bluegreen("deploy", "--ref", "v1")
            assert '"version": "v1"' in project.served(PATH)
            project.bluegreen("adopt", "--finish", "--yes")
            project.bluegreen("deploy", "--ref", "v2")
            assert '"version": "v2"' in project.served(PATH)
        finally:
            with_worker.stop()
        config.write_text(drafted)
        project.bluegreen("adopt", "--undo", "--yes")
        assert '"version": "dev"' in project.served(PATH)
    assert (load.failed, load.good > 50) == ([], True)
