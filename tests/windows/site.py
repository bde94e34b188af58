"""The Django example's stack as a Windows deploy host has it: containers on the Engine, the worker under Wine."""

from collections.abc import Iterator
from contextlib import contextmanager

import docker

from examples.django.stack import Stack
from tests.stack.site import Site
from tests.windows.engineport import EnginePort
from tests.windows.relay import Relay
from tests.windows.wine import WindowsServer, Wine, windows_path


@contextmanager
def windows_site(stack: Stack, engine: docker.DockerClient, wine: Wine) -> Iterator[tuple[Site, Relay]]:
    """The stack with a Windows worker; `docker` there is the relay, and the Engine a port of loopback."""
    site = Site(stack, engine)
    with EnginePort() as engine_port, Relay() as relay:
        env = {
            "BLUEGREEN_CONFIG": windows_path(stack.folder / "bluegreen.toml"),
            "STATE_DIRECTORY": windows_path(stack.folder.with_name(f"{stack.folder.name}-state")),
            "DOCKER_HOST": engine_port.url,
            "BLUEGREEN_LAB_RELAY": str(relay.port),
        }
        site.worker = WindowsServer(wine, ["-m", "bluegreen", "worker"], site.folder / "worker.log", env)
        try:
            site.start()
            yield site, relay
        finally:
            site.stop()
