"""A deploy host in memory, for phases that are worked one at a time: no process, no socket.

Its Redis is a stand-in that knows transactions, under the real store: what the phases write goes through the real
transitions, and a lease that is lost is refused as in earnest.
"""

from collections.abc import Callable, Collection
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from fakeredis import FakeRedis, FakeServer

from bluegreen.deployment.cancellation import Cancellation
from bluegreen.deployment.errors import PhaseFailed
from bluegreen.deployment.record import Deployment, Failure, Release
from bluegreen.deployment.runtime import Address, Instance, Weakness
from bluegreen.deployment.states import DEPLOY_PHASES, UNDO_PHASES, Color, Phase
from bluegreen.http import Response
from bluegreen.settings.service import HealthSettings, ServiceSettings
from bluegreen.store import keys
from bluegreen.store.deployments import Store
from bluegreen.store.lease import Lease
from bluegreen.traffic import health
from bluegreen.traffic.health import Judged
from nginx.file.kept import Kept
from tasks.context import PhaseContext
from tasks.site import Site
from tests.cancellations import Free
from tests.here import HERE

SERVICE = {
    "ports": {"blue": 8000, "green": 8001},
    "processes": {"command": ["x"]},
    "proxies": [{"conf": "nginx.conf", "file": "app.inc"}],
}
WELL = Response(200, "well", 0.0)
#: what nobody listens to
REFUSED = Response(None, "connection refused", 0.0)


def memory_store() -> Store:
    """A store whose Redis is nobody else's."""
    return Store(FakeRedis(server=FakeServer(), decode_responses=True), HERE.id)


class MemoryRuntime:
    """A `Runtime` whose colours are entries of a dict. `log` has each effect, in order."""

    def __init__(self) -> None:
        self.colors: dict[Color, Instance] = {}
        self.built: dict[str, Release] = {}
        self.migrated: dict[str, str] = {}
        self.log: list[str] = []
        self.lines: dict[Color, str] = {}
        #: what a colour that runs answers
        self.answer: Callable[[Color], Response] = lambda color: WELL

    def preflight(self, *_: object) -> Collection[Weakness]:
        return ()

    def written_by(self, *_: object) -> Collection[Path]:
        return ()

    def read_by_others(self) -> Collection[Path]:
        return ()

    def releases(self) -> Collection[str]:
        return tuple(self.built)

    def kept(self, release: Release) -> Release:
        if release.name not in self.built:
            raise PhaseFailed(f"{release.name} is not kept on this host")
        return self.built[release.name]

    def build(self, color: Color, release: Release, deployment_id: str, cancellation: Cancellation) -> Release:
        self._do(f"build {release.name}", cancellation)
        return self.built.setdefault(release.name, release.with_(image=f"web:{release.name}"))

    def migrate(self, color: Color, release: Release, deployment_id: str, cancellation: Cancellation) -> str:
        if deployment_id not in self.migrated:
            self._do(f"migrate {release.name}", cancellation)
            self.migrated[deployment_id] = f"migrated to {release.name}"
        return self.migrated[deployment_id]

    def forget_migrations(self, color: Color, cancellation: Cancellation) -> None:
        self._do("forget migrations", cancellation)
        self.migrated.clear()

    def start(self, color: Color, release: Release, deployment_id: str, cancellation: Cancellation) -> None:
        there = self.look(color)
        if there.running and (there.deployment_id, there.release) == (deployment_id, release.name):
            return
        self._do(f"start {color} {release.name}", cancellation)
        self.colors[color] = Instance(True, deployment_id, release.name, described=f"colour {color}")

    def stop(self, color: Color, cancellation: Cancellation) -> None:
        if self.look(color).running:
            self._do(f"stop {color}", cancellation)
            self.die(color, 0)

    def remove(self, color: Color, cancellation: Cancellation) -> None:
        if self.colors.pop(color, None):
            self._do(f"remove {color}", cancellation)
            self.lines.pop(color, None)

    def prune(self, keep: Collection[Release], cancellation: Cancellation) -> None:
        self._do("prune", cancellation)
        used = {each.release for each in self.colors.values()} | {each.name for each in keep}
        self.built = {name: release for name, release in self.built.items() if name in used}

    def look(self, color: Color) -> Instance:
        return self.colors.get(color, Instance(False))

    def logs(self, color: Color, lines: int = 60) -> str:
        return "\n".join(self.lines.get(color, "").splitlines()[-lines:])

    def shorten_logs(self) -> None: ...

    def address_on_host(self, color: Color) -> Address:
        return Address(str(color), 80)

    def address_in_network(self, color: Color) -> Address | None:
        return None

    def hosts_in_network(self, color: Color) -> Collection[str]:
        return ()

    def request(self, url: str, settings: HealthSettings) -> Judged:
        """As `health.ask`, to a colour by its address here."""
        color = Color(urlsplit(url).hostname or "")
        answer = self.answer(color) if self.look(color).running else REFUSED
        good = answer.status is not None and settings.accepts(answer.status)
        return Judged(answer, good, "" if good else health.advice(answer, settings))

    def die(self, color: Color, code: int) -> None:
        """Its process ends."""
        here = self.look(color)
        self.colors[color] = Instance(
            False, here.deployment_id, here.release, code, f"colour {color} (exited, code {code})"
        )

    def _do(self, what: str, cancellation: Cancellation) -> None:
        cancellation.check()
        self.log.append(what)


class Host:
    """One service whose proxies are not looked at, and one deployment of it at a time."""

    def __init__(self, folder: Path, **settings: Any) -> None:
        service = ServiceSettings.model_validate({**SERVICE, "workspace": folder, **settings})
        self.store = memory_store()
        self.runtime = MemoryRuntime()
        self.settings = service.kept_in(folder / "state")
        self.site = Site("web", self.settings, self.runtime, (), Kept(folder / "kept"))
        self.cancellation = Free()

    def deployment(self, phase: Phase, ref: str | None = "v1", **noted: Any) -> PhaseContext:
        """A new deployment that has come to that phase, with these fields; an undo phase: by an error before."""
        kind = noted.pop("kind", "deploy")
        deployment = self.store.create("web", "somebody", ref=ref, kind=kind)
        passed = UNDO_PHASES if phase.undoes else DEPLOY_PHASES
        if phase.undoes:
            lease = self._begin(deployment, DEPLOY_PHASES[0])
            lease.note(**noted)
            deployment = lease.fail(Failure(DEPLOY_PHASES[0], "the new version is not well"))
        for each in passed[: passed.index(phase)]:
            deployment = self._begin(deployment, each).commit("passed")
        lease = self._begin(deployment, phase)
        return self.context(lease, lease.note(**noted))

    def context(self, lease: Lease, deployment: Deployment) -> PhaseContext:
        """What a worker's work is given with that lease."""
        return PhaseContext(
            lease, deployment, self.site, self.store, self.cancellation, request=self.runtime.request
        )

    def again(self, context: PhaseContext) -> PhaseContext:
        """The same phase, as another worker has it that takes over from one that died."""
        self.store.redis.delete(keys.lease(context.deployment.id))
        deployment = self.store.take_over(context.deployment.id)
        assert deployment is not None
        lease = self._begin(deployment, context.lease.phase)
        return self.context(lease, lease.check())

    def _begin(self, deployment: Deployment, phase: Phase) -> Lease:
        self.store.begin(deployment.id, phase, deployment.epoch, "we")
        return Lease(self.store, deployment.id, phase, deployment.epoch, "we")
