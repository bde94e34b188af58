"""One nginx and the file in it that is ours: read it, replace it, have it tested, taken up and confirmed."""

import re
import time
from collections.abc import Callable
from pathlib import Path, PureWindowsPath

from deployment import points, probe
from deployment.errors import FilesRefused, NotRunning, ProxyRefused
from deployment.machine import Machine, Output, ProxyFile
from deployment.mutex import exclusive, of_host
from deployment.runtime import Guard
from deployment.settings import Proxy as ProxySettings
from nginx.accesslog import access_logs
from nginx.configuration import files_of
from nginx.configuration import parse as parse_directives
from nginx.places import passes_to
from nginx.render import Abilities, Content, Version, parse, parse_version, status_host

#: seconds that a reload may take until the new workers answer
CONFIRM_TIMEOUT = 15.0
#: connections by which they are looked for: for 100 ms the old ones answer beside them (ngx_process_cycle.c),
#: and where there is little to do, those take all that do not come at the same moment
CONNECTIONS = 8


class Proxy:
    """An nginx to switch, wherever it lives."""

    def __init__(self, settings: ProxySettings, service: str, machine: Machine, file: ProxyFile) -> None:
        self.settings = settings
        self.service = service
        self.machine = machine
        self.file = file
        self.label = settings.label
        self._abilities: Abilities | None = None
        self._is_read = False

    @property
    def nginx_lock(self) -> Path:
        """Held by whoever changes this nginx, for whichever service."""
        return of_host(f"nginx {self.machine.name}")

    @property
    def _file_lock(self) -> Path:
        return of_host(f"file {self.machine.name} {self.file.name}")

    def read(self) -> Content | None:
        """What the file says; None when it is not there or not ours."""
        return parse(self.file.read())

    def served(self) -> Content | None:
        """What nginx itself answers; None when it does not, or cannot be asked."""
        url = self._status_url()
        return self._told(url) if url else None

    def abilities(self) -> Abilities:
        """What this nginx can do, asked once. Raises FilesRefused when it refuses its files as they are now."""
        if self._abilities is None:
            self._abilities = self._look_for_abilities()
        return self._abilities

    def forget_abilities(self) -> None:
        """Afterwards the next question is put to nginx itself."""
        self._abilities = None

    def needs_test(self) -> bool:
        """Whether a reload may leave our file aside: nginx had no such file when asked for its abilities, or it
        cannot be asked what it serves."""
        return not (self._is_read and self._can_be_asked)

    def _look_for_abilities(self) -> Abilities:
        told = self.machine.run("nginx", "-v", "-T")
        files = self._included(told)
        name = _base_name(self.file.name)
        self._is_read = any(_base_name(path) == name and self._is_ours(text) for path, text in files.items())
        return self._abilities_with(parse_version(told.text), files)

    def _abilities_with(self, version: Version, files: dict[str, str]) -> Abilities:
        others = "".join(text for text in files.values() if not self._is_ours(text))
        is_variable = self.settings.template == "variable"
        passes = passes_to(self.settings.written_name, is_variable, self._own_paths(files))
        logs = access_logs(parse_directives(files), passes)

        def is_set(directive: str) -> bool:
            return bool(re.search(rf"^\s*{directive}\s", others, re.MULTILINE))

        return Abilities(version, is_set("keepalive_min_timeout"), is_set("resolver"), logs)

    def replace(self, text: str, order: tuple[int, int], guard: Guard) -> None:
        """Replace the file, unless it is newer than we are. Raises ProxyRefused then."""
        with exclusive(self._file_lock, guard=guard):
            guard.check()
            there = self.read()
            if there is not None and there.order > order:
                raise ProxyRefused(
                    f"{self.label}: {self.file.name} is newer than this deployment",
                    f"it says generation {there.generation}.{there.epoch}, we are {order[0]}.{order[1]}",
                    "Another deployment has switched this proxy; nothing is to be done here.",
                )
            with points.around("replace file"):
                self.file.write(text)

    def put_back(self, text: str | None, written: Content) -> None:
        """Afterwards the file is as it was before we wrote that content; one that is newer by now stays."""
        with exclusive(self._file_lock), points.around("put back"):
            if self.read() != written:
                return
            if text is None:
                self.file.delete()
            else:
                self.file.write(text)

    def test(self, content: Content) -> None:
        """Raise ProxyRefused unless nginx accepts all its files and ours, as written, is among them.

        FilesRefused when the others are not those any more that ours was rendered for.
        """
        files = self._included(self.machine.run("nginx", "-T"))
        if self._abilities and self._abilities != self._abilities_with(self._abilities.version, files):
            raise FilesRefused(f"{self.label}: other files that nginx reads have changed meanwhile")
        if not any(parse(text) == content for text in files.values()):
            raise self._unread("its configuration is valid, but what was just written is not in it")

    def check_included(self) -> bool:
        """Whether the file is there. Raises ProxyRefused when it is and nginx, asked anew, does not read it so."""
        text = self.file.read()
        if text is None:
            return False
        included = self._included(self.machine.run("nginx", "-T"))
        # A container has the file in a folder of another name; that it has the text, too, shows it to be the same.
        same = (read for path, read in included.items() if _base_name(path) == _base_name(self.file.name))
        if not any(text.strip() in read for read in same):
            raise self._unread("its configuration is valid, but what the file says is not in it")
        return True

    def reload(self) -> None:
        """Tell nginx to take up its files; it answers before it has. FilesRefused: it refuses them, and stays."""
        with points.around("reload"):
            # Not by the Engine's signal: it takes that for a stop by hand, and never restarts the container again.
            output = self.machine.run("nginx", "-s", "reload")
        if output.status != 0 and "[emerg]" in output.text:
            raise self._refusal(output)
        if output.status != 0:  # say, there is no nginx to tell
            raise ProxyRefused(f"{self.label}: the reload failed", output.text.strip()[-1000:])

    def confirm(self, content: Content, old_workers: set[int], guard: Guard) -> None:
        """Return when nginx serves this content; ProxyRefused when it does not within CONFIRM_TIMEOUT.

        Where nginx can be asked, its old workers may take new requests for 100 ms more; else they do not any more.
        """
        url = self._status_url() if self._tells(content) else None
        is_new = self._answers(url, content) if url else self._replaced(old_workers)
        deadline = time.monotonic() + CONFIRM_TIMEOUT
        while not is_new():
            if time.monotonic() > deadline:
                raise ProxyRefused(
                    f"{self.label}: reloaded, but the new file is not served after {CONFIRM_TIMEOUT:g} s",
                    f"the proxy says {self.served() or 'nothing'}",
                    "Look at nginx's error log: a port that it cannot bind keeps the old configuration. A file "
                    "that is mounted by itself keeps its old content: mount the folder.",
                )
            if guard.is_cut():
                guard.check()
            time.sleep(0.01)

    def is_running(self) -> bool:
        """Whether this nginx has workers at all."""
        return bool(self.worker_ids())

    def worker_ids(self) -> tuple[int, ...]:
        """Process ids of the workers that there are now, in order; none where this nginx is down."""
        try:
            return tuple(sorted(self.workers()))
        except NotRunning:
            return ()

    def workers(self) -> dict[int, str]:
        """Process ids and titles of the nginx workers, those that finish their last requests included."""
        return self.machine.nginx_workers()

    def serving_workers(self) -> set[int]:
        """Process ids of the workers that take new requests."""
        # "nginx: worker process is shutting down"; where `ps` is narrow, no more than its beginning is to be seen.
        return {pid for pid, title in self.workers().items() if "process is" not in title}

    def _tells(self, content: Content) -> bool:
        """Whether nginx, once it has the file, can be asked for it: somebody else's file answers nothing."""
        return (self.file.read() or "").count(content.model_dump_json()) > 1

    def _answers(self, url: str, content: Content) -> Callable[[], bool]:
        host = status_host(self.service)
        return lambda: any(parse(body) == content for body in probe.bodies_at_once(url, CONNECTIONS, 1.0, host))

    def _told(self, url: str) -> Content | None:
        return parse(probe.get(url, 1.0, status_host(self.service)).body)

    def _replaced(self, old: set[int]) -> Callable[[], bool]:
        def replaced() -> bool:
            serving = self.serving_workers()
            return bool(serving - old) and not serving & old

        return replaced

    @property
    def _can_be_asked(self) -> bool:
        own = self.settings.template == "upstream" and self.settings.status_port
        return bool(self.settings.status_url or own)

    def _status_url(self) -> str | None:
        if self.settings.status_url or not self._can_be_asked:
            return self.settings.status_url
        return self.machine.url_of(self.settings.status_port)

    def _unread(self, saw: str) -> ProxyRefused:
        return ProxyRefused(
            f"{self.label}: nginx does not read {self.file.name}",
            saw,
            f"Include the file: include {self.file.name}; (a single file as a bind mount keeps "
            "its old content in the container: mount the folder)",
        )

    def _is_ours(self, text: str) -> bool:
        """Whether we wrote it for this service: another service's file is as good as anybody's."""
        content = parse(text)
        return content is not None and content.service == self.service

    def _own_paths(self, files: dict[str, str]) -> list[str]:
        """By which paths nginx reads our file: it has our mark, or, as long as it has none, the name alone tells.

        Empty when it cannot be told.
        """
        if marked := [path for path, text in files.items() if self._is_ours(text)]:
            return marked
        exact = PureWindowsPath(self.settings.copy_to or self.settings.file or "")  # whichever slashes it has
        if found := [path for path in files if PureWindowsPath(path) == exact]:
            return found
        unmarked = [path for path, text in files.items() if parse(text) is None]
        named = [path for path in unmarked if _base_name(path) == _base_name(self.file.name)]
        return named if len(named) == 1 else []

    def _advice(self, complaint: str) -> str:
        # A proxy_pass to an upstream that no file defines is taken for a host's name.
        if self.settings.template == "upstream" and f'in upstream "{self.settings.written_name}"' in complaint:
            return f"Nothing defines that upstream: include {self.file.name} in the http block."
        return "Correct that file; nothing was reloaded."

    def _included(self, output: Output) -> dict[str, str]:
        """The files that nginx reads, by path, from `nginx -T`. Raises FilesRefused when one is wrong."""
        if output.status != 0:
            raise self._refusal(output)
        return files_of(output.text)

    def _refusal(self, output: Output) -> FilesRefused:
        complaint = [line for line in output.text.splitlines() if "nginx: [" in line]
        return FilesRefused(
            f"{self.label}: nginx refuses its configuration",
            "\n".join(complaint) or output.text[-500:],
            self._advice(output.text),
        )


def _base_name(path: str) -> str:
    """Whichever slashes it has."""
    return PureWindowsPath(path).name
