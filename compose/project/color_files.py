"""Reads a colour's compose file, or derives it from the project's own.

It is that of a release: in its tree and, for what git does not track, in the workspace.
"""

import os
from collections.abc import Mapping
from pathlib import Path

from bluegreen.deployment.errors import PhaseFailed
from bluegreen.deployment.record import Release
from bluegreen.deployment.states import Color
from bluegreen.settings import release_folder
from bluegreen.settings.service import ComposeSettings, ServiceSettings
from bluegreen.system.addresses import own_addresses
from compose.engine.client import is_local
from compose.project import commands, document, reading
from compose.project.color_file import ColorFile
from compose.project.derive import Wish, derived
from compose.project.host_ports import addresses_of
from compose.project.locations import Locations
from compose.project.view import as_one


class ColorFiles:
    """Of one colour. It changes nothing, and reads the files of a release once."""

    def __init__(
        self,
        service_name: str,
        service: ServiceSettings,
        settings: ComposeSettings,
        color: Color,
    ) -> None:
        self.service_name = service_name
        self.service = service
        self.settings = settings
        self.color = color
        #: of this host; None where nothing needs one
        self.host_port = service.ports.of(color) if service.ports else None
        self.workspace: Path = service.workspace.absolute()
        self.project = commands.project_of(service_name, color, settings)
        #: the application as the files have it
        self._written = settings.service.replace("{color}", color)
        self._read: dict[tuple[str | None, str | None], ColorFile] = {}

    def of(self, release: Release | None = None, deployment_id: str | None = None) -> ColorFile:
        """Of the release; without one, of that which came last: what only a deployment knows is UNKNOWN in it.

        Raises PhaseFailed when there is no such file, or no colour can be made of it.
        """
        which = release.name if release else None, deployment_id
        if which not in self._read:
            file = self._written_file(self.tree(release), self.environment(release, deployment_id))
            self._read[which] = self._derived(file) if self.settings.files else file
        return self._read[which]

    def last(self) -> ColorFile:
        """As it was read last, or of the release that came last."""
        return next(reversed(self._read.values())) if self._read else self.of()

    def tree(self, release: Release | None) -> Path:
        """Where the files of the release are; without one, of the release that came last."""
        if release:
            return release_folder.folder_of(self.service_name, self.service, release)
        return (self.service.source and release_folder.newest(self.service)) or self.workspace

    def environment(self, release: Release | None = None, deployment_id: str | None = None) -> dict[str, str]:
        """What Compose is run with."""
        return {**os.environ, **commands.variables(self.color, release, deployment_id)}

    @property
    def addresses(self) -> tuple[str, ...]:
        """Of the Engine's host, at which the port of a derived colour is published."""
        return addresses_of(self.service.proxies, own_addresses(), is_local())

    def _derived(self, file: ColorFile) -> ColorFile:
        return derived(
            file,
            Wish(
                name=self.project.name,
                service=self.settings.service,
                container_port=self.settings.container_port,
                host_port=self.host_port,
                addresses=self.addresses,
                has_migrations=self.service.migrate is not None,
                background=frozenset(self.service.background_services.values()),
            ),
        )

    def _written_file(self, tree: Path, env: Mapping[str, str]) -> ColorFile:
        self._expect_files(tree)
        if tree == self.workspace:
            return self._parsed(tree, env)
        root = self.service.state_folder / "reading" / self.project.name
        with as_one(tree, self.workspace, root) as folder:
            file = self._parsed(folder, env)
            locations = Locations(folder, tree, self.workspace, root)
            return ColorFile(file.path, document.relocated(file.content, locations.of))

    def _parsed(self, folder: Path, env: Mapping[str, str]) -> ColorFile:
        if self.project.is_derived:
            return reading.read_whole(self.project, folder, env)
        file = reading.read(self.project, folder, env)
        if self._written not in file.services:
            with_all = reading.read(self.project, folder, {**env, **reading.ALL_PROFILES})
            if profiles := with_all.services.get(self._written, {}).get("profiles"):
                raise PhaseFailed(
                    f"{file.path}: {self._written} is in the profile {', '.join(profiles)}, which is not active",
                    advice=f"Take `profiles` out there, or have COMPOSE_PROFILES={profiles[0]} in .env.",
                )
        return file

    def _expect_files(self, folder: Path) -> None:
        for path in (folder / name for name in self.project.files):
            if path.is_file():
                continue
            others = sorted(each.name for each in path.parent.glob("*compose*.y*ml"))
            raise PhaseFailed(
                f"there is no compose file {path}",
                f"Compose files there: {', '.join(others) or 'none'}",
                "Correct compose.files in the config file."
                if self.project.is_derived
                else "Set compose.color_file in the config file to the name that yours has, with {color} in it.",
            )
