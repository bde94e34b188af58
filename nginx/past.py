"""The files of an nginx before a deployment, and whether it has taken up that deployment's file since."""

from dataclasses import dataclass

from bluegreen.deployment.cancellation import Cancellation
from bluegreen.deployment.errors import PhaseFailed, ProxyRefused
from bluegreen.deployment.maintenance import Maintenance
from bluegreen.deployment.proxy import WayBack
from bluegreen.deployment.runtime import Runtime
from bluegreen.deployment.states import Color
from nginx.file.judgement import named_color
from nginx.file.kept import Kept
from nginx.file.marker import parse, restamp
from nginx.file.render import render
from nginx.file.upstream_names import hosts_in
from nginx.live import Seen
from nginx.proxy import Proxy
from nginx.retired import workers_of
from nginx.upstream import addresses_of, upstream_of


@dataclass(frozen=True)
class Past:
    """One nginx, as it was before."""

    proxy: Proxy
    way_back: WayBack
    runtime: Runtime
    kept: Kept

    def text(self) -> str:
        """The file as it was before, or one rendered again; by the way back's marker."""
        marker = self.way_back.route.marker
        if (previous := self.previous()) is not None:
            return restamp(previous, marker)
        address = upstream_of(self.proxy.settings, self.runtime, self._old)
        return render(self.proxy.settings, marker, address, self.proxy.capabilities(), self._maintenance)

    def previous(self) -> str | None:
        """The file as it was, unless it said something else already than what nginx served, or led nowhere.

        A maintenance that was begun or ended since is another thing to say, too.
        """
        previous = self._saved()
        said = parse(previous)
        if said is None:
            return previous if self._leads_back(previous) and not (self._old and self._maintenance) else None
        is_same = (said.color, said.maintenance) == (self._old, self.way_back.route.marker.maintenance)
        return previous if is_same and hosts_in(previous or "") != frozenset() else None

    def write(self, cancellation: Cancellation) -> str | None:
        """Write the file again, so that it refuses a fenced-out worker; a warning where it stays as it is.

        One that was never replaced may: a worker that is fenced out asks its cancellation before it writes.
        """
        try:
            self.proxy.replace(self.text(), self.way_back.route.marker.order, cancellation)
        except ProxyRefused:
            raise
        except PhaseFailed as error:
            if self.proxy.file.read() != self._saved():
                raise
            return error.what
        return None

    def may_be_over(self) -> bool:
        """Whether this nginx may serve the new colour: it says so, or it has workers that it had not before.

        After a reload the old workers answer beside the new ones for 100 ms (nginx's ngx_process_cycle.c), so that
        its word for the old colour alone proves nothing.
        """
        served = self.proxy.served()
        if served is not None and served.color != self._old:
            return True
        before = workers_of(self.way_back.retired.get(self.proxy.label, ""))
        return bool(self.proxy.serving_workers() - before) if before else served is None

    @property
    def _maintenance(self) -> Maintenance | None:
        return self.way_back.route.maintenance

    @property
    def _old(self) -> Color | None:
        return self.way_back.route.marker.color

    def _leads_back(self, text: str | None) -> bool:
        """Whether a text that is not ours sends requests to the old colour; before the first colour, all do."""
        if self._old is None:
            return True
        addresses = {color: addresses_of(self.proxy.settings, self.runtime, color) for color in Color}
        label = self.proxy.label
        return named_color({label: Seen(None, None, text)}, {label: addresses}) is self._old

    def _saved(self) -> str | None:
        """The text that the deployment found, if it found one. What is not ours is replaced by nothing else."""
        digest = self.way_back.saved.get(self.proxy.label)
        text = self.kept.saved(digest) if digest else None
        if digest and text is None and self._old is None:
            raise PhaseFailed(
                f"{self.proxy.label}: the text that {self.proxy.file.name} had before is lost",
                "the record has its hash, and this host's state folder not the text",
                "Write what shall serve into the file, and reload nginx.",
            )
        return text
