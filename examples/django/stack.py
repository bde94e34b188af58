"""This example in a folder of its own, for `make demo-docker` and the tests: set up, brought up, taken down."""

import os
import secrets
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from compose.survey import survey

HERE = Path(__file__).parent
#: host ports, by the variables of the compose files that set them
PORTS = {
    "PROXY_PORT": 8080,
    "PROXY_STATUS_PORT": 8999,
    "REDIS_PORT": 6379,
    "BLUE_PORT": 8000,
    "GREEN_PORT": 8001,
    "OUTER_PORT": 80,
}
#: variables that name images
IMAGES = ("NGINX_IMAGE", "POSTGRES_IMAGE", "REDIS_IMAGE", "PYTHON_IMAGE")
#: what bluegreen.toml says of the host; where Docker's own bridge is another, its gateway is
DOCKER0 = "172.17.0.1"
#: Docker Desktop's host, as its containers see it
DESKTOP = "192.168.65.254"
#: what is this repository's, or a person's own
NOT_COPIED = shutil.ignore_patterns(".env", "__pycache__", "stack.py", "demo.py")
#: seconds for one call of Compose; the first one may pull images
PATIENCE = 900


@dataclass
class Stack:
    """Both Compose projects, and all that bluegreen starts for them. Its names begin with `name`."""

    folder: Path
    name: str = "test"
    ports: Mapping[str, int] = field(default_factory=lambda: dict(PORTS))
    images: Mapping[str, str] = field(default_factory=dict)
    #: a folder of wheels, for a machine whose containers reach no package index
    wheels: Path | None = None

    @property
    def outer_project(self) -> str:
        return "nginx" if self.name == "test" else f"{self.name}-nginx"

    @property
    def redis_url(self) -> str:
        return f"redis://127.0.0.1:{self.ports['REDIS_PORT']}/0"

    def prepare(self) -> None:
        """Afterwards `folder` has the example with an .env, and a bluegreen.toml that fits it."""
        shutil.copytree(
            HERE, self.folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns(".env", "__pycache__")
        )
        if self.wheels:
            shutil.copytree(self.wheels, self.folder / "wheels", dirs_exist_ok=True)
        (self.folder / ".env").write_text("".join(f"{key}={value}\n" for key, value in self._env().items()))
        (self.folder / "bluegreen.toml").write_text(self._config((HERE / "bluegreen.toml").read_text()))

    def up(self) -> None:
        """Start what both colours share, then the outer nginx."""
        self.compose("-f", "docker-compose.yml", "up", "--detach", "--wait")
        self.outer("up", "--detach", "--wait")

    def down(self) -> None:
        """Afterwards nothing of it is left: containers, networks, volumes, images."""
        for color in ("blue", "green"):
            self.compose("-p", f"{self.name}-{color}", "-f", f"docker-compose.{color}.yml", "down")
        self.outer("down", "--volumes")
        self.compose("-f", "docker-compose.yml", "down", "--volumes")
        if found := docker("image", "ls", "--quiet", self.name).split():
            docker("image", "rm", "--force", *dict.fromkeys(found))

    def outer(self, *arguments: str) -> str:
        """Compose for the outer project."""
        return self.compose("--env-file", ".env", "-f", "outer/docker-compose.yml", *arguments)

    def compose(self, *arguments: str) -> str:
        """Compose in the folder, by its .env alone."""
        known = {*self._env(), "COMPOSE_FILE", "COMPOSE_PROJECT_NAME"}
        env = {key: value for key, value in os.environ.items() if key not in known}
        return docker("compose", "--ansi", "never", *arguments, cwd=self.folder, env=env)

    def _env(self) -> dict[str, str]:
        return {
            "DJANGO_SECRET_KEY": secrets.token_urlsafe(32),
            "POSTGRES_PASSWORD": secrets.token_urlsafe(16),
            "DJANGO_ALLOWED_HOSTS": "localhost,127.0.0.1",
            "TEST_PREFIX": self.name,
            "OUTER_PROJECT": self.outer_project,
            **{key: str(port) for key, port in self.ports.items()},
            **self.images,
            **({"PIP_NO_INDEX": "1"} if self.wheels else {}),
        }

    def _config(self, text: str) -> str:
        ours = {
            "services.test": f"services.{self.name}",
            '"test-proxy"': f'"{self.name}-proxy"',
            '"nginx-nginx-1"': f'"{self.outer_project}-nginx-1"',
            f'"{DOCKER0}"': f'"{host_address()}"',
            "redis://127.0.0.1:6379/0": self.redis_url,
            "blue  = 8000": f"blue  = {self.ports['BLUE_PORT']}",
            "green = 8001": f"green = {self.ports['GREEN_PORT']}",
            "127.0.0.1:8080": f"127.0.0.1:{self.ports['PROXY_PORT']}",
            '127.0.0.1:80"': f'127.0.0.1:{self.ports["OUTER_PORT"]}"',
        }
        for example, here in ours.items():
            assert example in text, f"bluegreen.toml no longer says {example}"
            text = text.replace(example, here)
        return text


def host_address() -> str:
    """The address under which containers reach this host's published ports."""
    if "Docker Desktop" in docker("info", "--format", "{{.OperatingSystem}}"):
        return DESKTOP
    gateway = survey().gateway
    assert gateway is not None, "this Engine has no network named bridge"
    return gateway


def wheels_for(
    images: Mapping[str, str], folder: Path, requirements: Path = HERE / "requirements.txt"
) -> Path | None:
    """A folder of wheels when the Python image is the lab's, whose containers reach no package index.

    They are fetched for the Python that runs this: both are 3.11.
    """
    if not images.get("PYTHON_IMAGE", "").startswith("bluegreen-lab/"):
        return None
    subprocess.run(
        [
            sys.executable,
            "-m",
            "pip",
            "download",
            "--quiet",
            "--only-binary",
            ":all:",
            "--dest",
            str(folder),
            "--requirement",
            str(requirements),
        ],
        check=True,
        capture_output=True,
        timeout=PATIENCE,
    )
    return folder


def docker(*arguments: str, cwd: Path | None = None, env: Mapping[str, str] | None = None) -> str:
    """Its output; what it complained of goes into the error."""
    ended = subprocess.run(
        ["docker", *arguments], cwd=cwd, env=env, capture_output=True, text=True, timeout=PATIENCE
    )
    if ended.returncode != 0:
        raise RuntimeError(f"docker {' '.join(arguments)}\n{ended.stderr[-3000:]}")
    return ended.stdout
