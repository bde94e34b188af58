"""A deploy host in memory, for phases that are worked one at a time: no process, no socket.

Its Redis is a stand-in that knows transactions, under the real store: what the phases write goes through the real
transitions, and a lease that is lost is refused as in earnest.
"""

from pathlib import Path
from typing import Any

from fakeredis import FakeRedis, FakeServer

from bluegreen.deployment.cancellation import Cancellation
from bluegreen.deployment.proxy import Marker
from bluegreen.deployment.record import Deployment, Failure
from bluegreen.deployment.states import DEPLOY_PHASES, UNDO_PHASES, Color, Phase
from bluegreen.settings.service import ServiceSettings
from bluegreen.store import keys
from bluegreen.store.deployments import Store
from bluegreen.store.lease import Lease
from bluegreen.traffic.site import Site
from tasks.context import PhaseContext
from tests.cancellations import Free
from tests.here import HERE
from tests.routers.in_memory import HostInMemory, ProxyInMemory, RouterInMemory, Text
from tests.routers.upkeep_in_memory import LogsInMemory, UpkeepInMemory
from tests.runtimes.in_memory import MemoryRuntime

SERVICE = {
    "ports": {"blue": 8000, "green": 8001},
    "processes": {"command": ["x"]},
    "proxies": [{"conf": "nginx.conf", "file": "app.inc"}],
}


def memory_store() -> Store:
    """A store whose Redis is nobody else's."""
    return Store(FakeRedis(server=FakeServer(), decode_responses=True), HERE.id)


class Host:
    """One service, and one deployment of it at a time."""

    def __init__(self, folder: Path, **settings: Any) -> None:
        service = ServiceSettings.model_validate({**SERVICE, "workspace": folder, **settings})
        self.store = memory_store()
        self.runtime = MemoryRuntime()
        self.settings = service.kept_in(folder / "state")
        self.proxies = HostInMemory({proxy.label: ProxyInMemory() for proxy in self.settings.proxies})
        self.router = RouterInMemory(self.proxies)
        self.upkeep, self.logs = UpkeepInMemory(self.proxies), LogsInMemory()
        self.site = Site("web", self.settings, self.runtime, self.router, self.upkeep, self.logs)
        self.cancellation: Cancellation = Free()

    def serve(self, color: Color | None, release: str | None = "v1", generation: int = 1, epoch: int = 1) -> None:
        """What the proxies have been given, have taken up and confirmed."""
        text = Text(Marker("web", color, release, generation, epoch), True)
        for label, proxy in self.proxies.proxies.items():
            proxy.given = proxy.taken = self.proxies.confirmed[label] = text

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
