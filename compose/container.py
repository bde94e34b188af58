"""A container as a machine on which an nginx lives, and a file inside it."""

import posixpath
import uuid

from docker.errors import NotFound
from docker.models.containers import Container as EngineContainer

from bluegreen.deployment.errors import PhaseFailed
from bluegreen.deployment.machine import LogChunk, Output
from compose import container_log
from compose.engine.archive import Access, packed, unpacked
from compose.engine.client import TIMEOUT, engine_host
from compose.engine.execute import execute
from compose.engine.inspection import inner_url, nginx_call, published_url, shares_network, workers_in
from compose.engine.lookup import existing, running
from compose.engine.processes import titles_of

#: files are put in place as root: an nginx image may run as a user who may not write there
ROOT = "0"


class Container:
    """A container by its exact name. Every verb looks it up again: the container may have been replaced."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._call: tuple[str, tuple[str, ...]] | None = None

    def run(self, *arguments: str, timeout: float = TIMEOUT) -> Output:
        """Run a command there as the container's own user; `nginx …` is the one that runs there, with its options.

        PhaseFailed when the container is not running.
        """
        with running(self.name, timeout) as (client, found):
            if arguments[0] == "nginx":
                arguments = (*self._called(found), *arguments[1:])
            return execute(client, self.name, arguments, timeout)

    def nginx_workers(self) -> dict[int, str]:
        """Process ids, as the Engine's host counts them, and titles; those that are shutting down included."""
        with running(self.name) as (_, found):
            return workers_in(titles_of(found))

    def nginx_prefix(self) -> str | None:
        """As given by `-p`."""
        with running(self.name) as (_, found):
            _, *options = self._called(found)
        return dict(zip(options[::2], options[1::2], strict=True)).get("-p")

    def is_host(self) -> bool:
        with running(self.name) as (_, found):
            return bool(found.attrs["HostConfig"]["NetworkMode"] == "host")

    def url_of(self, port: int) -> str | None:
        """Through its published port, else straight to its address where the Engine shares our network."""
        with running(self.name) as (client, found):
            url = published_url(found.attrs["NetworkSettings"]["Ports"] or {}, port, engine_host())
            return url or (inner_url(found.attrs, port) if shares_network(client) else None)

    def log_end(self, path: str) -> str:
        """The end of a file inside, or of the container's output where the path leads there."""
        return container_log.end(self.name, path)

    def log_since(self, path: str, mark: str) -> LogChunk:
        return container_log.since(self.name, path, mark)

    def _called(self, container: EngineContainer) -> tuple[str, ...]:
        """How its nginx was; asked once for each start of the container."""
        start = container.attrs["State"]["StartedAt"]
        if self._call is None or self._call[0] != start:
            if (call := nginx_call(titles_of(container))) is None:
                return ("nginx",)
            self._call = start, call
        return self._call[1]


class CopiedFile:
    """A proxy's file that lives only inside its container.

    It can be read and written while the container is stopped, too.
    """

    def __init__(self, container: str, path: str) -> None:
        self.container = container
        self.path = path
        self.name = f"{container}:{path}"

    def read(self) -> str | None:
        """Its text; None when there is no such file, or no such folder."""
        with existing(self.container) as (_, found):
            return self._read(found)[0]

    def write(self, text: str) -> None:
        """Replace it in one step, with LF line ends; a missing folder is made.

        Owner and mode stay; a new file is root's, for everybody to read.
        """
        folder, base = posixpath.split(self.path)
        with existing(self.container) as (_, found):
            access = self._read(found)[1]
            if found.status != "running":
                # Nobody reads it now: it may be put straight in place, for the next start.
                found.put_archive(folder, packed(base, text, access))
                return
        beside = f"{base}.{uuid.uuid4().hex[:8]}.tmp"  # no *.conf: an nginx that reads the folder skips it
        self._put(folder, packed(beside, text, access))
        source = posixpath.join(folder, beside)
        moved = self._run("mv", "-f", source, self.path)
        if moved.status != 0 and "busy" in moved.text.lower():
            # The file is a mount of its own and cannot be replaced, only filled again.
            moved = self._filled(source)
        if moved.status != 0:
            self._run("rm", "-f", source)
            raise self._failed("written", moved)

    def delete(self) -> None:
        """Afterwards it does not exist."""
        removed = self._run("rm", "-f", self.path)
        if removed.status != 0:
            raise self._failed("deleted", removed)

    def _read(self, found: EngineContainer) -> tuple[str | None, Access]:
        try:
            pieces, _ = found.get_archive(self.path)
        except NotFound:
            return None, Access()
        there = unpacked(b"".join(pieces))
        if there is None:
            raise PhaseFailed(f"{self.name} is not a plain file", advice="Set copy_to to the path of a file.")
        return there

    def _put(self, folder: str, archive: bytes) -> None:
        with running(self.container) as (_, found):
            try:
                found.put_archive(folder, archive)
                return
            except NotFound:
                made = self._run("mkdir", "-p", folder)
            if made.status != 0:
                raise self._failed("written", made)
            found.put_archive(folder, archive)

    def _filled(self, source: str) -> Output:
        """The file with the text of another; where there is no room for that, with its own again."""
        kept = f"{source}.kept"
        copied = self._run("cp", self.path, kept)
        if copied.status == 0 and (copied := self._run("cp", source, self.path)).status != 0:
            self._run("cp", kept, self.path)
        self._run("rm", "-f", source, kept)
        return copied

    def _run(self, *arguments: str) -> Output:
        with running(self.container) as (client, _):
            return execute(client, self.container, arguments, TIMEOUT, user=ROOT)

    def _failed(self, done: str, output: Output) -> PhaseFailed:
        return PhaseFailed(f"{self.name} cannot be {done}", output.text.strip(), "Is that place read-only?")
