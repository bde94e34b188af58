"""One nginx and the file in it that is ours: read it, replace it, have it tested and taken up."""

from dataclasses import replace
from pathlib import Path

from bluegreen import failpoints, http
from bluegreen.deployment.cancellation import Cancellation
from bluegreen.deployment.errors import FilesRefused, NotRunning, ProxyRefused
from bluegreen.deployment.machine import Machine, Output, ProxyFile
from bluegreen.deployment.proxy import Condition, Marker
from bluegreen.settings.service import ProxySettings
from bluegreen.system.locks import exclusive, of_host
from nginx.config.build import Build, build_of
from nginx.config.capabilities import Capabilities
from nginx.config.dump import Dump
from nginx.config.parser import files_of
from nginx.config.site import Misfit
from nginx.file.marker import parse
from nginx.file.render import status_host
from nginx.process import refusal_in, serving


class Proxy:
    """An nginx to switch, wherever it lives."""

    def __init__(self, settings: ProxySettings, service: str, machine: Machine, file: ProxyFile) -> None:
        self.settings = settings
        self.service = service
        self.machine = machine
        self.file = file
        self.label = settings.label
        self._capabilities: Capabilities | None = None
        self._build = Build()
        self._is_read = False

    @property
    def nginx_lock(self) -> Path:
        """Held by whoever changes this nginx, for whichever service."""
        return of_host(f"nginx {self.machine.name}")

    @property
    def _file_lock(self) -> Path:
        return of_host(f"file {self.machine.name} {self.file.name}")

    @property
    def asks_for_names(self) -> bool:
        """Whether our file may have a container's name in it that nginx asks for once, when it loads the file."""
        return self.settings.template == "upstream" and self.settings.leads_to_names

    # -- asking ----------------------------------------------------------------------------------------

    def read(self) -> Marker | None:
        """What the file says; None when it is not there or not ours. ProxyRefused: it is another service's."""
        return self.said_by(self.file.read())

    def said_by(self, text: str | None) -> Marker | None:
        """The same of the file's text."""
        marker = parse(text)
        if marker is not None and marker.service != self.service:
            raise ProxyRefused(
                f"{self.label}: {self.file.name} is the file of the service {marker.service}",
                advice="Give each service a file of its own. If this one has a new name: delete the line of it "
                "that begins with `# bluegreen:`.",
            )
        return marker

    def served(self) -> Marker | None:
        """What nginx itself answers for the service; None when it does not, or cannot be asked."""
        url = self.status_url()
        marker = parse(http.get(url, 1.0, status_host(self.service)).body) if url else None
        # where it has nothing of this service yet, it answers with what it has first on that port: another's
        return marker if marker and marker.service == self.service else None

    def status_url(self) -> str | None:
        """Where nginx can be asked what it serves; None when it cannot."""
        if self.settings.status_url or not self._can_be_asked:
            return self.settings.status_url
        return self.machine.url_of(self.settings.status_port)

    @property
    def _can_be_asked(self) -> bool:
        own = self.settings.template == "upstream" and self.settings.status_port
        return bool(self.settings.status_url or own)

    def capabilities(self) -> Capabilities:
        """What this nginx can do, asked once. Raises FilesRefused when it refuses its files as they are now."""
        if self._capabilities is None:
            printed = self.machine.run("nginx", "-V", "-T")
            found = self._dump(printed)
            self._is_read = found.has_ours()
            self._build = build_of(printed.text)
            if prefix := self.machine.nginx_prefix():
                self._build = replace(self._build, prefix=prefix)
            self._capabilities = found.capabilities(self._build, self.machine.is_host())
        return self._capabilities

    def preview_misfits(self, condition: Condition) -> tuple[Misfit, ...]:
        """What of the site's own files does not go with a preview. FilesRefused as `capabilities` raises it."""
        return self._dump(self.machine.run("nginx", "-T")).preview_misfits(condition)

    def forget_capabilities(self) -> None:
        """Afterwards the next question is put to nginx itself."""
        self._capabilities = None

    def needs_test(self) -> bool:
        """Whether a reload may leave our file aside: nginx had no such file when asked what it can do, or it
        cannot be asked what it serves."""
        return not (self._is_read and self._can_be_asked)

    # -- changing --------------------------------------------------------------------------------------

    def replace(self, text: str, order: tuple[int, int], cancellation: Cancellation) -> None:
        """Replace the file, unless it is newer than we are. Raises ProxyRefused then."""
        with exclusive(self._file_lock, cancellation=cancellation):
            cancellation.check()
            there = self.read()
            if there is not None and there.order > order:
                raise ProxyRefused(
                    f"{self.label}: {self.file.name} is newer than this deployment",
                    f"it says generation {there.generation}.{there.epoch}, we are {order[0]}.{order[1]}",
                    "Another deployment has switched this proxy; nothing is to be done here.",
                )
            with failpoints.around("replace file"):
                self.file.write(text)

    def revert(self, text: str | None, written: Marker) -> None:
        """Afterwards the file is as it was before we wrote that content; one that is newer by now stays."""
        with exclusive(self._file_lock), failpoints.around("put back"):
            if self.read() != written:
                return
            if text is None:
                self.file.delete()
            else:
                self.file.write(text)

    def test(self, marker: Marker) -> None:
        """Raise ProxyRefused unless nginx accepts all its files and ours, as written, is among them.

        FilesRefused when the others are not those any more that ours was rendered for.
        """
        found = self._dump(self.machine.run("nginx", "-T"))
        known = self._capabilities
        if known and known != found.capabilities(self._build, known.is_on_host):
            raise FilesRefused(f"{self.label}: other files that nginx reads have changed meanwhile")
        if not found.says(marker):
            raise self._unread("its configuration is valid, but what was just written is not in it")

    def check_included(self) -> bool:
        """Whether the file is there. Raises ProxyRefused when nginx, asked again, does not read it so.

        Where it is not ours yet, also when nginx could not read it there, or when more would go than comes.
        """
        text, found = self.file.read(), self._dump(self.machine.run("nginx", "-T"))
        if parse(text) is None and (why := found.misplaced(text)):
            raise ProxyRefused(f"{self.label}: {why.what}", why.saw, why.fix)
        if text is not None and not found.has(text):
            raise self._unread("its configuration is valid, but what the file says is not in it")
        return text is not None

    def reload(self) -> None:
        """Tell nginx to take up its files; it answers before it has. FilesRefused: it refuses them, and stays."""
        with failpoints.around("reload"):
            # Not by the Engine's signal: it takes that for a stop by hand, and never restarts the container again.
            output = self.machine.run("nginx", "-s", "reload")
        if output.status != 0 and "[emerg]" in output.text:
            raise self._refusal(output)
        if output.status != 0:  # such as: nginx does not run
            raise ProxyRefused(f"{self.label}: the reload failed", output.text.strip()[-1000:])

    # -- its workers -----------------------------------------------------------------------------------

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
        return serving(self.workers())

    # -- what is wrong with it -------------------------------------------------------------------------

    def _dump(self, output: Output) -> Dump:
        """From `nginx -T`. Raises FilesRefused when a file is wrong."""
        if output.status != 0:
            raise self._refusal(output)
        return Dump(files_of(output.text), self.service, self.settings, self.file.name)

    def _refusal(self, output: Output) -> FilesRefused:
        what = f"{self.label}: nginx refuses its configuration"
        return FilesRefused(what, refusal_in(output), self._advice(output.text))

    def _advice(self, refusal: str) -> str:
        # A proxy_pass to an upstream that no file defines is taken for a host's name.
        if self.settings.template == "upstream" and f'in upstream "{self.settings.written_name}"' in refusal:
            return f"Nothing defines that upstream: include {self.file.name} in the http block."
        if '"proxy_redirect default"' in refusal:
            return "Write in its place: proxy_set_header Host $host; with proxy_redirect off;"
        if "host not found in upstream" in refusal:
            return "Start what has that name, or put it on a network of this nginx; nothing was reloaded."
        return "Correct that file; nothing was reloaded."

    def _unread(self, saw: str) -> ProxyRefused:
        return ProxyRefused(
            f"{self.label}: nginx does not read {self.file.name}",
            saw,
            f"Include the file: include {self.file.name}; (a single file as a bind mount keeps "
            "its old content in the container: mount the folder)",
        )
