"""One phase in hand: what its work is given."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from bluegreen.deployment.errors import AbortRequested, NotHealthy, PhaseFailed, Superseded
from bluegreen.deployment.record import Record
from bluegreen.deployment.runtime import Address, Runtime
from bluegreen.deployment.states import DEPLOY_PHASES, Color
from bluegreen.deployment.transitions import HEARTBEAT_SECONDS
from bluegreen.http import Answer
from bluegreen.settings.service import Health, Service
from bluegreen.store import events
from bluegreen.store.lease import Claim
from bluegreen.store.refusals import StoreError
from bluegreen.system import programs
from bluegreen.traffic import health
from bluegreen.traffic.health import Judged, no_http
from nginx.file.kept import Kept
from nginx.file.marker import Content
from nginx.proxy import Proxy
from tasks import services
from tasks.mending import confirm_files
from tasks.site import Site

#: seconds between two looks whether a request that is waited for shall be given up
POLL = 0.1


class Run:
    """The record, the service and its doors, and the claim that lets this worker cause effects.

    It is a bluegreen.deployment.cancellation.Guard: doors ask it before each effect and during each wait.
    """

    def __init__(self, claim: Claim, record: Record) -> None:
        self.claim = claim
        self.record = record
        self.service: Service = services.service_settings(record.service)
        self.runtime: Runtime = services.runtime_of(record.id, record.service)
        self.proxies: tuple[Proxy, ...] = services.proxies_of(record.id, record.service)
        self.kept: Kept = services.kept_of(record.service)
        self._cut = threading.Event()
        self._lost: Superseded | None = None
        self._over = threading.Event()
        self._heart = threading.Thread(target=self._beat, name=f"heartbeat {record.id}", daemon=True)

    @contextmanager
    def in_hand(self) -> Iterator[None]:
        """Within the block the lease is kept alive, and what we run can be told by whose it is."""
        self._heart.start()
        try:
            # The folder makes it this installation's: a service of that name may be elsewhere on the host, too.
            whose = str(self.service.state_folder / self.record.service)
            with programs.working_for(whose):
                if self._had_others():
                    # A build of theirs must not run on beside ours.
                    programs.end_leftovers(whose)
                yield
        finally:
            self._over.set()

    def check(self) -> None:
        """Return when this worker may cause its next effect. Raises AbortRequested or Superseded."""
        if self._lost:
            raise self._lost  # for good: another worker may have had it, and died, since
        self._refuse_if_aborted(self.claim.check())

    def is_cut(self) -> bool:
        """Whether the claim is over (as of the last heartbeat) or an abort was asked for (at once)."""
        return self._cut.is_set()

    def pause(self, seconds: float) -> None:
        """Wait, but no longer than until the run is cut; then raise as `check` does."""
        if self._cut.wait(seconds):
            self.check()

    def ask(self, url: str) -> Judged:
        """What the health check's request to the url gets, judged. Raises as `check` does while nothing comes."""
        answers: list[Judged] = []

        def ask() -> None:
            answers.append(health.ask(url, self.service.health))

        asking = threading.Thread(target=ask, name="probe", daemon=True)
        asking.start()
        while asking.is_alive():
            asking.join(POLL)
            if self.is_cut():
                self.check()
        return answers[0]

    def ask_color(self, color: Color) -> Judged:
        """How the colour itself is: see `judged`. Raises as `ask` does, too."""
        return judged(self.runtime, color, self.service.health, self.record.protocol, self.ask)

    def note(self, **changes: Any) -> None:
        """Save fields of the record before the effect that they are about."""
        self.record = self.claim.note(**changes)

    def pass_return(self, **changes: Any) -> None:
        """Save fields; from here the only way is forward. Raises AbortRequested when somebody was quicker."""
        self.record = self.claim.pass_return(**changes)

    def tell(self, message: str, kind: str = "told") -> None:
        """Add a line to the deployment's events."""
        self.claim.tell(message, kind)

    @property
    def target(self) -> Color:
        """The colour that this deployment brings up."""
        assert self.record.to_color is not None, "determine_target comes first"
        return self.record.to_color

    @property
    def way_back(self) -> str:
        """What an error that turns the deployment back leads to."""
        if self.record.from_color is None:
            return "The proxies get the files back that they had."
        return "The old version takes the traffic back."

    @property
    def site(self) -> Site:
        """The service with the doors of this deployment."""
        return Site(self.record.service, self.runtime, self.proxies, self.kept)

    def content(self, color: Color | None) -> Content:
        """What the proxy files shall say once this colour serves."""
        releases = {self.record.to_color: self.record.release, self.record.from_color: self.record.from_release}
        release = releases.get(color) if color else None
        return Content(
            service=self.record.service,
            color=color,
            release=release.name if release else None,
            generation=self.record.generation,
            epoch=self.record.epoch,
        )

    def upstream(self, proxy: Proxy, color: Color | None) -> Address | None:
        """Where this proxy shall send requests once this colour serves."""
        return self.site.upstream(proxy, color)

    def keep_confirmed(self) -> None:
        """Keep what the proxies serve now: by that, damage is seen later, and put right.

        Where there is no room for it, users come first.
        """
        try:
            confirm_files(self.site, self.record.generation)
        except PhaseFailed as error:
            self.note(warnings=(*self.record.warnings, error.what))

    def _had_others(self) -> bool:
        """Whether a worker may have died, or been fenced out, while it had this service in hand."""
        again = (each.takeovers or each.attempts > 1 for each in self.record.phases)
        return self.claim.phase is DEPLOY_PHASES[0] or any(again)

    def _refuse_if_aborted(self, record: Record) -> None:
        if record.abort_requested_by and not record.past_return and not self.claim.phase.undoes:
            raise AbortRequested(f"aborted by {record.abort_requested_by}")

    def _beat(self) -> None:
        seen = "$"
        while not self._over.is_set():
            try:
                # Every second, and whenever something happened: an abort is seen at once.
                for happening in events.read(self.claim.store.redis, self.record.id, seen, HEARTBEAT_SECONDS):
                    seen = happening.id
                if not self._over.is_set():
                    self._refuse_if_aborted(self.claim.beat())
            except AbortRequested:
                self._cut.set()  # and the lease is kept: to stop takes time as well
            except Superseded as over:
                self._lost = over
                self._cut.set()
                return
            except StoreError:
                continue  # it is away for longer than our patience; once it is back, so is the lease


def judged(
    runtime: Runtime, color: Color, settings: Health, protocol: str, ask: Callable[[str], Judged]
) -> Judged:
    """How the colour itself is: by the health check's request, or, where the site speaks something else to it,
    by its container's HEALTHCHECK if it has one. NotHealthy when nothing tells."""
    if protocol != "http":
        instance = runtime.look(color)
        if instance.is_watched:
            return Judged(Answer(None, instance.described, 0.0), bool(instance.healthy))
        if protocol != "grpc":
            raise NotHealthy(f"nothing tells whether {color} is well", *no_http(protocol))
    found = ask(f"http://{runtime.address_on_host(color)}{settings.path}")
    # some speak both
    return found if found.good or protocol == "http" else replace(found, advice=" ".join(no_http(protocol)))
