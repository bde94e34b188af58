"""One phase in hand: what its work is given."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from bluegreen.deployment.errors import AbortRequested, NotHealthy, PhaseFailed, Superseded
from bluegreen.deployment.event import EventKind
from bluegreen.deployment.record import Deployment
from bluegreen.deployment.runtime import Address, Runtime
from bluegreen.deployment.states import DEPLOY_PHASES, Color
from bluegreen.deployment.transitions import HEARTBEAT_SECONDS
from bluegreen.http import Response
from bluegreen.settings.service import HealthSettings, ServiceSettings
from bluegreen.store import events
from bluegreen.store.deployments import Store
from bluegreen.store.lease import Lease
from bluegreen.store.refusals import StoreError
from bluegreen.system import programs
from bluegreen.traffic import health
from bluegreen.traffic.health import Judged, no_http
from nginx.file.kept import Kept
from nginx.file.marker import Marker
from nginx.proxy import Proxy
from tasks.mending import confirm_files
from tasks.site import Site

#: seconds between two looks whether a request that is waited for shall be given up
POLL = 0.1


class PhaseContext:
    """The record, the service and its doors, and the claim that lets this worker cause effects.

    It is a `Cancellation`: doors ask it before each effect and during each wait.
    """

    def __init__(self, lease: Lease, deployment: Deployment, site: Site, store: Store) -> None:
        self.lease = lease
        self.deployment = deployment
        self.site = site
        self.store = store
        self.service: ServiceSettings = site.settings
        self.runtime: Runtime = site.runtime
        self.proxies: tuple[Proxy, ...] = site.proxies
        self.kept: Kept = site.kept
        self._cancelled = threading.Event()
        self._lost: Superseded | None = None
        self._over = threading.Event()
        self._heart = threading.Thread(target=self._beat, name=f"heartbeat {deployment.id}", daemon=True)

    @contextmanager
    def in_hand(self) -> Iterator[None]:
        """Within the block the lease is kept alive, and what we run can be told by whose it is."""
        self._heart.start()
        try:
            # The folder makes it this installation's: a service of that name may be elsewhere on the host, too.
            whose = str(self.service.state_folder / self.deployment.service)
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
        self._refuse_if_aborted(self.lease.check())

    def is_cancelled(self) -> bool:
        """Whether the claim is over (as of the last heartbeat) or an abort was asked for (at once)."""
        return self._cancelled.is_set()

    def pause(self, seconds: float) -> None:
        """Wait, but no longer than until the run is cut; then raise as `check` does."""
        if self._cancelled.wait(seconds):
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
            if self.is_cancelled():
                self.check()
        return answers[0]

    def ask_color(self, color: Color) -> Judged:
        """How the colour itself is: see `judged`. Raises as `ask` does, too."""
        return judged(self.runtime, color, self.service.health, self.deployment.protocol, self.ask)

    def note(self, **changes: Any) -> None:
        """Save fields of the record before the effect that they are about."""
        self.deployment = self.lease.note(**changes)

    def pass_point_of_no_return(self, **changes: Any) -> None:
        """Save fields; from here the only way is forward. Raises AbortRequested when somebody was quicker."""
        self.deployment = self.lease.pass_point_of_no_return(**changes)

    def report(self, message: str) -> None:
        """Add a note to the deployment's events."""
        self.lease.add_event(EventKind.NOTE, text=message)

    def add_event(self, kind: EventKind, **data: str | int) -> None:
        """Add to the deployment's events, with the data that this kind has."""
        self.lease.add_event(kind, **data)

    @property
    def target(self) -> Color:
        """The colour that this deployment brings up."""
        assert self.deployment.to_color is not None, "determine_target comes first"
        return self.deployment.to_color

    @property
    def way_back(self) -> str:
        """What an error that turns the deployment back leads to."""
        if self.deployment.from_color is None:
            return "The proxies get the files back that they had."
        return "The old version takes the traffic back."

    def marker(self, color: Color | None) -> Marker:
        """What the proxy files shall say once this colour serves."""
        releases = {
            self.deployment.to_color: self.deployment.release,
            self.deployment.from_color: self.deployment.from_release,
        }
        release = releases.get(color) if color else None
        return Marker(
            service=self.deployment.service,
            color=color,
            release=release.name if release else None,
            generation=self.deployment.generation,
            epoch=self.deployment.epoch,
        )

    def upstream(self, proxy: Proxy, color: Color | None) -> Address | None:
        """Where this proxy shall send requests once this colour serves."""
        return self.site.upstream(proxy, color)

    def keep_confirmed(self) -> None:
        """Keep what the proxies serve now: by that, damage is seen later, and put right.

        Where there is no room for it, users come first.
        """
        try:
            confirm_files(self.site, self.deployment.generation)
        except PhaseFailed as error:
            self.note(warnings=(*self.deployment.warnings, error.what))

    def _had_others(self) -> bool:
        """Whether a worker may have died, or been fenced out, while it had this service in hand."""
        again = (each.takeovers or each.attempts > 1 for each in self.deployment.phases)
        return self.lease.phase is DEPLOY_PHASES[0] or any(again)

    def _refuse_if_aborted(self, deployment: Deployment) -> None:
        if (
            deployment.abort_requested_by
            and not deployment.past_point_of_no_return
            and not self.lease.phase.undoes
        ):
            raise AbortRequested(f"aborted by {deployment.abort_requested_by}")

    def _beat(self) -> None:
        seen = "$"
        while not self._over.is_set():
            try:
                # Every second, and whenever something happened: an abort is seen at once.
                for event in events.read(self.lease.store.redis, self.deployment.id, seen, HEARTBEAT_SECONDS):
                    seen = event.id
                if not self._over.is_set():
                    self._refuse_if_aborted(self.lease.beat())
            except AbortRequested:
                self._cancelled.set()  # and the lease is kept: to stop takes time as well
            except Superseded as over:
                self._lost = over
                self._cancelled.set()
                return
            except StoreError:
                continue  # it is away for longer than our patience; once it is back, so is the lease


def judged(
    runtime: Runtime, color: Color, settings: HealthSettings, protocol: str, ask: Callable[[str], Judged]
) -> Judged:
    """How the colour itself is: by the health check's request, or, where the site speaks something else to it,
    by its container's HEALTHCHECK if it has one. NotHealthy when nothing tells."""
    if protocol != "http":
        instance = runtime.look(color)
        if instance.is_watched:
            return Judged(Response(None, instance.described, 0.0), bool(instance.healthy))
        if protocol != "grpc":
            raise NotHealthy(f"nothing tells whether {color} is well", *no_http(protocol))
    found = ask(f"http://{runtime.address_on_host(color)}{settings.path}")
    # some speak both
    return found if found.good or protocol == "http" else replace(found, advice=" ".join(no_http(protocol)))
