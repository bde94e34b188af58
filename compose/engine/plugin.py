"""Compose as a program of its own: `docker compose` starts it twice, first to ask what it is."""

import shutil
from functools import lru_cache
from pathlib import Path

from bluegreen.deployment.errors import CommandFailed
from bluegreen.system.programs import run

#: what people type; 30 ms slower, a tenth of an `up`
DOCKER = "docker"
DOCKER_COMPOSE = (DOCKER, "compose")
#: prints where the docker command finds it, whether or not an Engine answers
PATH_OF_COMPOSE = '{{range .ClientInfo.Plugins}}{{if eq .Name "compose"}}{{.Path}}{{end}}{{end}}'
#: seconds for that
TIMEOUT = 5.0


def compose() -> tuple[str, ...]:
    """How a Compose command line begins. `docker compose` itself where the plugin is not found: it says why."""
    docker = shutil.which("docker")
    path = docker and _path(docker)
    return (path,) if path else DOCKER_COMPOSE


def _path(docker: str) -> str | None:
    try:
        path = _asked(docker)
    except LookupError:
        return None
    # A docker.cmd may call the one in WSL, say: that one's plugins are not programs of this system.
    is_of_its_kind = Path(path).suffix.lower() == Path(docker).suffix.lower()
    return path if is_of_its_kind and Path(path).is_file() else None


@lru_cache(maxsize=1)
def _asked(docker: str) -> str:
    """What the docker command says. Raises LookupError when it says nothing, so that it is asked again."""
    try:
        lines = run([docker, "info", "--format", PATH_OF_COMPOSE], timeout=TIMEOUT).text.splitlines()
    except CommandFailed as error:
        raise LookupError from error
    found = [line for line in lines if Path(line.strip()).is_file()]
    if not found:
        raise LookupError
    return found[0].strip()
