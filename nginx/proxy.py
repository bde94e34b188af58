"""One nginx and the file in it that is ours: read it, replace it, have it tested, taken up and confirmed."""

import re
import time
from collections.abc import Callable
from pathlib import Path

from deployment import points, probe
from deployment.errors import NotRunning, ProxyRefused
from deployment.machine import Machine, ProxyFile
from deployment.mutex import exclusive
from deployment.runtime import Guard
from deployment.settings import Proxy as ProxySettings
from nginx.render import Abilities, Content, parse, parse_version, status_host

#: seconds that a reload may take until the new workers answer
CONFIRM_TIMEOUT = 15.0


class Proxy:
    """An nginx to switch, wherever it lives."""

    def __init__(
        self, settings: ProxySettings, service: str, machine: Machine, file: ProxyFile, locks: Path
    ) -> None:
        """`locks`: a folder that all services of this host share."""
        self.settings = settings
        self.service = service
        self.machine = machine
        self.file = file
        self.label = settings.label
        self.nginx_lock = locks / f"nginx-{_slug(self.label)}.lock"
        self._lock = locks / f"file-{_slug(self.label + self.file.name)}.lock"

    def read(self) -> Content | None:
        """What the file says; None when it is not there or not ours."""
        return parse(self.file.read())

    def served(self) -> Content | None:
        """What nginx itself answers; None when it does not, or cannot be asked."""
        url = self._status_url()
        return parse(probe.get(url, 1.0, status_host(self.service)).body) if url else None

    def abilities(self) -> Abilities:
        """What this nginx can do. Raises ProxyRefused when it refuses its files as they are now."""
        version = parse_version(self.machine.run("nginx", "-v").text)
        others = "".join(text for text in self._included() if not self._is_ours(text))

        def is_set(directive: str) -> bool:
            return bool(re.search(rf"^\s*{directive}\s", others, re.MULTILINE))

        return Abilities(version, is_set("keepalive_min_timeout"), is_set("resolver"))

    def replace(self, text: str, order: tuple[int, int], guard: Guard) -> None:
        """Replace the file, unless it is newer than we are. Raises ProxyRefused then."""
        with exclusive(self._lock):
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
        with exclusive(self._lock), points.around("put back"):
            if self.read() != written:
                return
            if text is None:
                self.file.delete()
            else:
                self.file.write(text)

    def test(self, content: Content) -> None:
        """Raise ProxyRefused unless nginx accepts all its files and ours, as written, is among them."""
        if not any(parse(text) == content for text in self._included()):
            raise ProxyRefused(
                f"{self.label}: nginx does not read {self.file.name}",
                "its configuration is valid, but what was just written is not in it",
                f"Include the file: include {self.file.name}; (a single file as a bind mount keeps "
                "its old content in the container: mount the folder)",
            )

    def reload(self) -> None:
        """Tell nginx to take up its files; it answers before it has."""
        with points.around("reload"):
            output = self.machine.run("nginx", "-s", "reload")
        if output.status != 0:
            raise ProxyRefused(f"{self.label}: the reload failed", output.text.strip()[-1000:])

    def confirm(self, content: Content, old_workers: set[int], guard: Guard) -> None:
        """Return when nginx serves this content; ProxyRefused when it does not within CONFIRM_TIMEOUT."""
        is_new = self._answers(content) if self._tells(content) else self._replaced(old_workers)
        deadline = time.monotonic() + CONFIRM_TIMEOUT
        while not is_new():
            if time.monotonic() > deadline:
                raise ProxyRefused(
                    f"{self.label}: reloaded, but the new file is not served after {CONFIRM_TIMEOUT:g} s",
                    f"the proxy says {self.served() or 'nothing'}",
                    "Look at nginx's error log: a port that it cannot bind keeps the old configuration.",
                )
            if guard.is_cut():
                guard.check()
            time.sleep(0.01)

    def is_running(self) -> bool:
        """Whether this nginx has workers at all."""
        try:
            return bool(self.workers())
        except NotRunning:
            return False

    def workers(self) -> dict[int, str]:
        """Process ids and titles of the nginx workers, those that finish their last requests included."""
        return self.machine.nginx_workers()

    def serving_workers(self) -> set[int]:
        """Process ids of the workers that take new requests."""
        # "nginx: worker process is shutting down"; where `ps` is narrow, no more than its beginning is to be seen.
        return {pid for pid, title in self.workers().items() if "process is" not in title}

    def _tells(self, content: Content) -> bool:
        """Whether nginx, once it has the file, can be asked for it: somebody else's file answers nothing."""
        return bool(self._status_url()) and (self.file.read() or "").count(content.model_dump_json()) > 1

    def _answers(self, content: Content) -> Callable[[], bool]:
        return lambda: self.served() == content

    def _replaced(self, old: set[int]) -> Callable[[], bool]:
        def replaced() -> bool:
            serving = self.serving_workers()
            return bool(serving - old) and not serving & old

        return replaced

    def _status_url(self) -> str | None:
        if self.settings.status_url:
            return self.settings.status_url
        if self.settings.template == "upstream" and self.settings.status_port:
            return self.machine.url_of(self.settings.status_port)
        return None

    def _is_ours(self, text: str) -> bool:
        """Whether we wrote it for this service: another service's file is as good as anybody's."""
        content = parse(text)
        return content is not None and content.service == self.service

    def _included(self) -> list[str]:
        """The files that nginx reads, as `nginx -T` prints them. Raises ProxyRefused when one is wrong."""
        output = self.machine.run("nginx", "-T")
        if output.status != 0:
            complaint = [line for line in output.text.splitlines() if "nginx: [" in line]
            raise ProxyRefused(
                f"{self.label}: nginx refuses its configuration",
                "\n".join(complaint) or output.text[-500:],
                "Mend that file; nothing was reloaded.",
            )
        return re.split(r"^# configuration file .*:$\n?", output.text, flags=re.MULTILINE)[1:]


def _slug(text: str) -> str:
    return re.sub(r"[^A-Za-z0-9]+", "-", text).strip("-")
