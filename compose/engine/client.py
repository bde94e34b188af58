"""The Docker Engine's API: one client for each visit, with an end to every wait, and errors in our own words."""

import contextlib
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import docker
import requests
import urllib3
from docker.context import ContextAPI
from docker.errors import APIError, DockerException
from docker.utils import kwargs_from_env

from bluegreen.deployment.errors import EngineAway, PhaseFailed
from bluegreen.system import environment, platform

#: seconds for one answer of the Engine
TIMEOUT = 30.0
#: seconds for which the version of its API is believed: to ask costs 5 ms, some twenty times a deployment
VERSION_SECONDS = 60.0
#: how an address begins that is a socket of this machine
LOCAL = ("unix", "http+unix", "npipe")

FOREIGN_ERRORS: tuple[type[Exception], ...] = (
    DockerException,
    requests.RequestException,
    urllib3.exceptions.HTTPError,
    OSError,
    *platform.PIPE_ERRORS,
)


@contextlib.contextmanager
def engine(timeout: float = TIMEOUT) -> Iterator[docker.DockerClient]:
    """A client of the Engine that the `docker` command talks to; no error but ours comes out of the block."""
    with translated():
        client = _client(timeout)
        try:
            yield client
        finally:
            client.close()


#: by the Engine's address: what it last said, and until when that counts
_versions: dict[str, tuple[str, float]] = {}


def _client(timeout: float) -> docker.DockerClient:
    endpoint = _endpoint()
    known, until = _versions.get(endpoint["base_url"], ("auto", 0.0))
    version = known if time.monotonic() < until else "auto"
    client = docker.DockerClient(**endpoint, version=version, timeout=_whole(timeout), use_ssh_client=True)
    if urlsplit(endpoint["base_url"]).scheme in LOCAL:
        # no proxy leads to a socket, and to look for one, and for a .netrc, takes a third of each question
        client.api.trust_env = False
    if version == "auto":
        _versions[endpoint["base_url"]] = (client.api.api_version, time.monotonic() + VERSION_SECONDS)
    return client


@contextlib.contextmanager
def translated() -> Iterator[None]:
    """Turn what the Docker SDK and the libraries below it raise into PhaseFailed."""
    try:
        yield
    except APIError as error:
        raise PhaseFailed("the Docker Engine refused", str(error.explanation or error)) from error
    except FOREIGN_ERRORS as error:
        raise EngineAway(
            "the Docker Engine does not answer",
            str(error),
            "Start it (Docker Desktop, or `systemctl start docker`), and see that `docker info` works for the"
            " worker's user.",
        ) from error


def engine_host() -> str:
    """The host on which published ports are reached."""
    with translated():
        return host_of(_endpoint()["base_url"])


def host_of(endpoint: str) -> str:
    """127.0.0.1, unless the Engine is a remote one."""
    parts = urlsplit(endpoint)
    remote = parts.scheme in ("tcp", "http", "https", "ssh")
    host = (parts.hostname if remote else None) or "127.0.0.1"
    return bracketed(host)


def bracketed(host: str) -> str:
    """As it stands before a port."""
    return f"[{host}]" if ":" in host else host


def is_local() -> bool:
    """Whether the Engine is reached through a socket of this machine."""
    with translated():
        return urlsplit(_endpoint()["base_url"]).scheme in LOCAL


def engine_version() -> str:
    """As the Engine itself says."""
    with engine() as client:
        return str(client.version()["Version"])


def data_root() -> Path | None:
    """The folder in which the Engine keeps images; None when it is not on this system."""
    with engine() as client:
        info = client.info()
    # Docker Desktop's is inside its virtual machine, under a path that this system may have, too.
    is_here = (
        is_local() and platform.shares_network_with_docker() and info.get("OperatingSystem") != "Docker Desktop"
    )
    return Path(info["DockerRootDir"]) if is_here else None


def _endpoint() -> dict[str, Any]:
    """Where the `docker` command finds its Engine: DOCKER_HOST, else the context chosen there.

    The SDK alone knows nothing of contexts, and would ask another Engine than Compose does.
    """
    settings = kwargs_from_env()
    if "base_url" in settings:
        return dict(settings)
    name = environment.docker_context()
    try:
        context = ContextAPI.get_context(name)
    except Exception as error:  # the SDK raises bare ones for a broken file
        raise DockerException(f"the docker context cannot be read: {error}") from error
    if context is None:
        raise DockerException(f"there is no docker context {name or '(the chosen one)'}: see `docker context ls`")
    return {"base_url": context.Host, "tls": context.TLSConfig or False}


def _whole(timeout: float) -> int:
    return max(1, round(timeout))
