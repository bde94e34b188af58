"""The programs that can run as a service, and what a service manager must know of each."""

import sys
from dataclasses import dataclass
from pathlib import Path

from bluegreen.system import platform, state_folder


@dataclass(frozen=True)
class Program:
    """A command of ours that runs until its manager stops it."""

    description: str
    #: seconds from the polite request to the hard end
    stop_seconds: int
    #: variables that it needs beside those that each of them gets
    variables: tuple[str, ...] = ()
    #: whether it is of no use without a config file
    needs_config: bool = True
    #: whether it tells systemd that it is ready, and again and again that it does not hang
    notifies: bool = False


#: by which the docker command, and so the worker, finds its Engine
DOCKER = ("DOCKER_HOST", "DOCKER_CONTEXT", "DOCKER_TLS_VERIFY", "DOCKER_CERT_PATH")
#: by the name of the command
PROGRAMS = {
    # A phase in hand ends first. One that takes longer is cut, and taken over by the next worker.
    "worker": Program("bluegreen: runs the deployments of this host", 300, DOCKER, notifies=True),
    "beat": Program("bluegreen: starts scheduled deployments", 30, notifies=True),
    "flower": Program("bluegreen: shows deployments in a browser", 30, ("FLOWER_BASIC_AUTH",), False),
}
#: what every program is given of the environment in which it is installed
VARIABLES = ("BLUEGREEN_REDIS_URL", "BLUEGREEN_LOG_FORMAT")


@dataclass(frozen=True)
class Unit:
    """A program as a service of this host."""

    name: str
    description: str
    #: absolute: a service has another folder and another PATH than a terminal
    command: tuple[str, ...]
    folder: Path
    #: may hold passwords
    environment: dict[str, str]
    stop_seconds: int
    notifies: bool = False


def unit_of(
    program: str,
    config: Path,
    environment: dict[str, str],
    more: tuple[str, ...] = (),
    project: str | None = None,
) -> Unit:
    """The program with this config file, and with what it needs of the environment; `more`: by the config.

    A host with several config files gives each project's units a name of their own.
    """
    known = PROGRAMS[program]
    wanted = (*VARIABLES, *known.variables, *more)
    given = {name: environment[name] for name in wanted if environment.get(name)}
    if platform.is_windows():
        # the service's account has a folder of its own, and this installation's state is in ours
        given["STATE_DIRECTORY"] = str(state_folder.path_of(config).parent)
    named = ("--config", str(config)) if known.needs_config or config.exists() else ()
    return Unit(
        name=f"bluegreen-{program}-{project}" if project else f"bluegreen-{program}",
        description=f"{known.description} ({project})" if project else known.description,
        # -P: a folder `tasks` or `compose` beside the config file must not be taken for ours
        command=(sys.executable, "-P", "-m", "bluegreen_entry", *named, program),
        folder=config.parent,
        environment=given,
        stop_seconds=known.stop_seconds,
        notifies=known.notifies,
    )
