"""One colour of one service: its Compose project, its file, and how Compose is called for it."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bluegreen import failpoints
from bluegreen.deployment.cancellation import Cancellation
from bluegreen.deployment.errors import PhaseFailed
from bluegreen.deployment.record import Release
from bluegreen.system.locks import exclusive
from bluegreen.system.programs import run_checked
from compose import instances
from compose.engine.client import engine
from compose.engine.plugin import compose
from compose.project import commands, document
from compose.project.color_file import ColorFile, ColorService
from compose.project.color_files import ColorFiles

#: seconds that Compose itself may take around a stop, beyond the containers' grace
MARGIN = 60.0


@dataclass(frozen=True)
class Wanted:
    """What a colour shall run."""

    release: Release
    deployment_id: str
    #: of its services, by their names
    images: Mapping[str, str]


class ColorProject:
    """Knows names and files; changes nothing but through `change`."""

    def __init__(self, files: ColorFiles) -> None:
        self.files = files
        self.paths = files.project
        self.settings = files.settings
        #: the Compose project, and the colour's own service in it
        self.name = self.paths.name
        self.own = commands.own_service(files.service_name, files.settings).replace("{color}", files.color)
        self._lock = files.service.state_folder / f"{self.name}.lock"

    @property
    def folder(self) -> Path:
        """Where Compose takes the project to live: the folder of its file."""
        return self.files.workspace / self.paths.folder

    def read(
        self, release: Release | None = None, deployment_id: str | None = None
    ) -> tuple[ColorFile, ColorService]:
        """The release's compose file and the colour's own service in it. Raises PhaseFailed when one is missing.

        Without a release: of the one that came last; what only a deployment knows is `commands.UNKNOWN` in it.
        """
        file = self.files.of(release, deployment_id)
        return file, file.service(self.own)

    @property
    def host_port(self) -> int | None:
        """The colour's port of this host; None where nothing needs one."""
        return self.files.host_port

    def document(self, wanted: Wanted) -> str:
        """What Compose is given to have it run."""
        file, own = self.read(wanted.release, wanted.deployment_id)
        address = self.address(own)
        return self._given(file, wanted, {self.own: {document.ADDRESS_LABEL: address}} if address else {})

    def _given(self, file: ColorFile, wanted: Wanted, labels_of: Mapping[str, Mapping[str, str]]) -> str:
        changes = document.Changes(
            labels={
                document.SERVICE_LABEL: self.files.service_name,
                document.COLOR_LABEL: self.files.color.value,
                document.DEPLOYMENT_LABEL: wanted.deployment_id,
                document.RELEASE_LABEL: wanted.release.name,
            },
            labels_of=labels_of,
            images=wanted.images,
            stop_grace=self.settings.stop_grace,
        )
        return document.written(document.derived(file.content, changes))

    def address(self, own: ColorService) -> str | None:
        """As a proxy beside it reaches the service, name:port; None where its file does not say it."""
        port = self.settings.container_port or own.container_port(self.host_port)
        known = own.host_name and commands.UNKNOWN not in own.host_name
        return f"{own.host_name}:{port}" if known and port else None

    def inner_port(self) -> int | None:
        """Where the colour listens in its container, when no port of the host leads there; else None."""
        own = self._last_read()
        if own is None or own.published or own.host_name is None:
            return None
        return self.settings.container_port or own.container_port(self.host_port)

    def host_ip(self) -> str | None:
        """Where on the host the colour's port is published, if not where one looks for it."""
        own = self._last_read()
        return own.host_ip(self.host_port) if own else None

    def change(
        self, what: str, arguments: Sequence[str], wanted: Wanted, timeout: float, cancellation: Cancellation
    ) -> None:
        """Run a Compose call with an effect, on the document of what is wanted.

        The cancellation is asked just before, and can end it.
        """
        line = [*commands.given(self.paths, self.folder, self._env_files(wanted.release)), *arguments]
        env = self.files.environment(wanted.release, wanted.deployment_id)
        self._run(what, line, env, timeout, cancellation, self.document(wanted))

    def take_down(self, cancellation: Cancellation, what: str = "down") -> None:
        """Run Compose's `down`, which goes by labels and needs no file. Each container has its own grace."""
        with engine() as client:
            ending = sum(map(instances.grace_of, instances.find(client, self.name)))
        self._run(what, commands.down(self.paths), self.files.environment(), ending + MARGIN, cancellation)

    @contextmanager
    def in_hand(self, what: str, cancellation: Cancellation) -> Iterator[None]:
        """Nobody else of this host changes the colour while the block runs, once the cancellation allows it."""
        with exclusive(self._lock, cancellation=cancellation), failpoints.around(f"compose {what}"):
            cancellation.check()
            yield

    def _run(
        self,
        what: str,
        line: list[str],
        env: Mapping[str, str],
        timeout: float,
        cancellation: Cancellation,
        given: str | None = None,
    ) -> None:
        with self.in_hand(what, cancellation):
            run_checked(
                [*compose(), *line],
                timeout=timeout,
                cwd=self.files.workspace,
                env=env,
                cancellation=cancellation,
                given=given,
            )

    def _last_read(self) -> ColorService | None:
        """Of the file as it was read, or of the release that came last; None where it cannot be read."""
        try:
            return self.files.last().service(self.own)
        except PhaseFailed:
            return None

    def _env_files(self, release: Release) -> list[Path]:
        """For what a document still asks the environment for: the `.env` that git tracks, in place of another."""
        tree = self.files.tree(release)
        file = self.paths.folder / ".env"
        return [tree / file] if tree != self.files.workspace and (tree / file).is_file() else []
