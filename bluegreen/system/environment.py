"""The one place that reads a variable of the environment by its name.

The environment as a whole is handed on where a program is started; Docker's SDK and Flower read their own.
"""

import getpass
import os
import socket
from pathlib import Path

from bluegreen.deployment.names import shortened_requester

DEFAULT_REDIS_URL = "redis://127.0.0.1:6379/0"
DEFAULT_CONFIG = "bluegreen.toml"


def redis_url() -> str:
    """The broker's URL: BLUEGREEN_REDIS_URL, else Redis on this machine."""
    return os.environ.get("BLUEGREEN_REDIS_URL") or DEFAULT_REDIS_URL


def is_redis_named() -> bool:
    """Whether the environment says which Redis: nothing else has a say then."""
    return bool(os.environ.get("BLUEGREEN_REDIS_URL"))


def set_redis_url(url: str) -> None:
    """Make the config file's URL the process's, unless the environment has one already."""
    if not is_redis_named():
        os.environ["BLUEGREEN_REDIS_URL"] = url


def notify_socket() -> str:
    """Where systemd waits for a service's words; empty where none does."""
    return os.environ.get("NOTIFY_SOCKET", "")


def config_path() -> Path:
    """The config file: BLUEGREEN_CONFIG, else ./bluegreen.toml."""
    return Path(os.environ.get("BLUEGREEN_CONFIG") or DEFAULT_CONFIG).absolute()


def set_config_path(path: Path) -> None:
    """Make `--config` the process's, for the worker that this process becomes."""
    os.environ["BLUEGREEN_CONFIG"] = str(path.absolute())


def state_directory() -> Path | None:
    """Where systemd wants a service's state (StateDirectory=, the first of several); None outside of one."""
    named = os.environ.get("STATE_DIRECTORY", "").partition(os.pathsep)[0]
    return Path(named) if named else None


def who() -> str:
    """The person or job at this end, for the lock and the history: the Jenkins build, else user@host."""
    job, build = os.environ.get("JOB_NAME"), os.environ.get("BUILD_NUMBER")
    if job and build:
        return shortened_requester(f"{job} #{build}")
    try:
        user = getpass.getuser()
    except (OSError, KeyError):
        user = "unknown"
    return f"{user}@{socket.gethostname()}"


def build_url() -> str | None:
    """The page of the Jenkins build that this process is part of."""
    return os.environ.get("BUILD_URL") or None


def flower_basic_auth() -> str:
    """USER:PASSWORD, several joined by commas: Flower reads it from there itself."""
    return os.environ.get("FLOWER_BASIC_AUTH", "")


def ca_bundle() -> str | None:
    """A file with certificates of authorities to believe, as requests and curl have it."""
    return os.environ.get("REQUESTS_CA_BUNDLE") or os.environ.get("CURL_CA_BUNDLE")


def docker_context() -> str | None:
    """The context in place of the chosen one, as the `docker` command takes it."""
    return os.environ.get("DOCKER_CONTEXT")


def inherited() -> dict[str, str]:
    """All of it, for what gets a part, or what a person runs through us."""
    return dict(os.environ)


def person() -> str:
    """Who sits at the terminal, sudo or not."""
    return os.environ.get("SUDO_USER") or getpass.getuser()


def secret(name: str) -> str | None:
    """What the config file names instead of having it."""
    return os.environ.get(name)


def is_config_named() -> bool:
    """Whether somebody said which config file to use; one that is missing is an error then."""
    return bool(os.environ.get("BLUEGREEN_CONFIG"))
