"""One colour of one service: its Compose project, its file, and how Compose is called for it."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from compose import commands, override, reading
from compose.colorfile import ColorFile, ColorService
from compose.plugin import compose
from deployment import points
from deployment.commands import run_checked
from deployment.errors import PhaseFailed
from deployment.guard import Guard
from deployment.mutex import exclusive
from deployment.settings import Compose, Service
from deployment.states import Color


class ColorProject:
    """Knows names and files; changes nothing but through `change`. It reads the compose file once."""

    def __init__(self, service_name: str, service: Service, settings: Compose, color: Color) -> None:
        self._state_folder: Path = service.state_folder
        self.service_name = service_name
        self.color = color
        self.workspace: Path = service.workspace
        self.paths = commands.project_of(service_name, color, settings.colors, self._state_folder.as_posix())
        #: the Compose project, and the colour's own service in it
        self.name = self.paths.name
        self.own = settings.service.replace("{color}", color)
        self._file: ColorFile | None = None

    @property
    def folder(self) -> Path:
        """Where Compose takes the project to live: the folder of its file."""
        return (self.workspace / self.paths.file).parent

    def read(self) -> tuple[ColorFile, ColorService]:
        """The compose file and the colour's own service in it. Raises PhaseFailed when one is missing."""
        if self._file is None:
            self._file = self._parsed()
        return self._file, self._file.service(self.own)

    def _parsed(self) -> ColorFile:
        self._expect_file()
        return reading.read(self.paths, self.workspace, {**os.environ, **commands.variables(self.color)})

    def write_override(self, file: ColorFile, images: Mapping[str, str]) -> None:
        """Lay these images and our labels over the file, for the next `build` or `up`."""
        text = override.override(file, self.service_name, self.color, images)
        override.write(self.workspace / self.paths.override, text)

    def change(
        self, what: str, arguments: list[str], variables: dict[str, str], timeout: float, guard: Guard
    ) -> None:
        """Run a Compose call with an effect; the guard is asked last thing before, and can cut it short."""
        env = {**os.environ, **variables}
        with self.in_hand(what, guard):
            run_checked([*compose(), *arguments], timeout=timeout, cwd=self.workspace, env=env, guard=guard)

    @contextmanager
    def in_hand(self, what: str, guard: Guard) -> Iterator[None]:
        """Nobody else of this host changes the colour while the block runs, and the guard has agreed to it."""
        lock = self._state_folder / f"{self.name}.lock"
        with exclusive(lock, guard=guard), points.around(f"compose {what}"):
            guard.check()
            yield

    def _expect_file(self) -> None:
        path = self.workspace / self.paths.file
        if path.is_file():
            return
        others = sorted(each.name for each in path.parent.glob("*compose*.y*ml"))
        raise PhaseFailed(
            f"there is no compose file {path}",
            f"Compose files there: {', '.join(others) or 'none'}",
            "Set compose.colors in the config file to the name that yours has, with {color} in it.",
        )
