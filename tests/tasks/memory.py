"""A deploy host in memory, for phases that are worked one at a time: no process, no socket.

Its Redis is a stand-in that knows transactions, under the real store: what the phases write goes through the real
transitions, and a lease that is lost is refused as in earnest.
"""

from collections.abc import Collection
from pathlib import Path
from typing import Any

import pytest

from bluegreen.deployment import transitions
from bluegreen.deployment.cancellation import Cancellation
from bluegreen.deployment.proxy import Marker
from bluegreen.deployment.record import Deployment, Failure, Release
from bluegreen.deployment.runtime import Instance
from bluegreen.deployment.states import DEPLOY_PHASES, UNDO_PHASES, Color, Phase
from bluegreen.deployment.transitions import Step
from bluegreen.settings.service import ServiceSettings
from bluegreen.static.files import StaticFiles
from bluegreen.store import keys
from bluegreen.store.deployments import Store
from bluegreen.store.lease import Lease
from bluegreen.traffic import serving as traffic
from bluegreen.traffic.site import Site
from tasks import checks, last_look, serving
from tasks.context import PhaseContext
from tasks.deploy import cleanup_old_version, verify_traffic
from tests.cancellations import Free
from tests.here import HERE
from tests.redises import memory_redis
from tests.routers.in_memory import HostInMemory, ProxyInMemory, RouterInMemory, Text
from tests.routers.upkeep_in_memory import LogsInMemory, UpkeepInMemory
from tests.runtimes.background_in_memory import MemoryBackground
from tests.runtimes.in_memory import MemoryRuntime

SERVICE = {
    "ports": {"blue": 8000, "green": 8001},
    "processes": {"command": ["x"]},
    "proxies": [{"conf": "nginx.conf", "file": "app.inc"}],
}
TWO_PROXIES = [{"conf": "one.conf", "file": "one.inc"}, {"conf": "other.conf", "file": "other.inc"}]


def memory_store() -> Store:
    """A store whose Redis is nobody else's."""
    return Store(memory_redis(), HERE.id)


def in_no_time(patch: pytest.MonkeyPatch) -> None:
    """Nothing that is bad in memory comes right by itself: nobody waits for it."""
    patch.setattr(serving, "SETTLE", 0.0)
    patch.setattr(last_look, "SETTLE", 0.0)
    patch.setattr(last_look, "POLL", 0.0)
    patch.setattr(traffic, "POLL", 0.0)
    patch.setattr(cleanup_old_version, "HAND_OVER", 0.0)
    patch.setattr(verify_traffic, "POLL", 0.0)
    patch.setattr(verify_traffic, "HAND_OVER", 0.0)
    patch.setattr(checks, "SETTLE", 0.0)


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
        self.background = MemoryBackground()
        parts = (self.runtime, self.router, self.upkeep, self.logs, self.background)
        to = self.settings.static and StaticFiles(folder / "state" / "static", folder / self.settings.static.to)
        self.site = Site("web", self.settings, *parts, static=to)
        self.cancellation: Cancellation = Free()

    def serve(self, color: Color | None, release: str | None = "v1", generation: int = 1, epoch: int = 1) -> None:
        """What the proxies have been given, have taken up and confirmed."""
        text = Text(Marker("web", color, release, generation, epoch), True)
        for label, proxy in self.proxies.proxies.items():
            proxy.given = proxy.taken = self.proxies.confirmed[label] = text

    def live(self, color: Color = Color.BLUE, release: str = "v1") -> Deployment:
        """Afterwards a deployment has succeeded: its release runs and serves, and the record says so."""
        brought = Release(name=release, image=f"web:{release}")
        context = self.deployment(Phase.CLEANUP_OLD_VERSION, release, to_color=color, release=brought)
        self.runtime.built[release] = brought
        self.run(color, context.deployment)
        self.serve(color, release, context.deployment.generation)
        return context.lease.commit("done")

    def upgrade(self, phase: Phase, **noted: Any) -> PhaseContext:
        """A deployment of v2 to green that has come to that phase, over v1 on blue, which serves."""
        before = self.live()
        saved = self.router.save(Free())
        colors = {"from_color": Color.BLUE, "to_color": Color.GREEN, "from_release": before.release}
        fields = {"release": Release(name="v2"), "previous_files": saved, "started": True, **colors, **noted}
        context = self.deployment(phase, "v2", **fields)
        self.run(Color.GREEN, context.deployment)
        return context

    def switched(self, phase: Phase) -> PhaseContext:
        """The same, and green serves."""
        context = self.upgrade(phase, switch_started=True)
        context.note(retired_by_switch=self.router.running())
        self.serve(Color.GREEN, "v2", context.deployment.generation)
        for number, proxy in enumerate(self.proxies.proxies.values(), 100):
            proxy.worker = f"worker {number}"
        return context

    def run(self, color: Color, deployment: Deployment) -> None:
        """Afterwards the colour runs that deployment's release."""
        assert deployment.release is not None
        release = deployment.release.name
        self.runtime.colors[color] = Instance(True, deployment.id, release, described=f"colour {color}")

    def written(self, context: PhaseContext) -> Deployment:
        """The record as it stands."""
        deployment = self.store.get(context.deployment.id)
        assert deployment is not None
        return deployment

    def served(self) -> set[tuple[Color | None, str | None]]:
        """What users get."""
        markers = [each.served for each in self.router.observe().values()]
        return {(each.color, each.release) if each else (None, None) for each in markers}

    def next(self, context: PhaseContext) -> PhaseContext:
        """The phase after it, which is committed."""
        deployment = context.lease.commit("passed")
        assert deployment.phase is not None
        lease = self._begin(deployment, deployment.phase)
        return self.context(lease, lease.check())

    def turn_back(self, context: PhaseContext) -> PhaseContext:
        """The first phase of the rollback, after an error in this one."""
        deployment = context.lease.fail(Failure(context.lease.phase, "the new version is not well"))
        lease = self._begin(deployment, UNDO_PHASES[0])
        return self.context(lease, lease.check())

    def deployment(self, phase: Phase, ref: str | None = "v1", **noted: Any) -> PhaseContext:
        """A new deployment that has come to that phase, with these fields; an undo phase: by an error before."""
        kind = noted.pop("kind", "deploy")
        deployment = self.store.create("web", "somebody", ref=ref, kind=kind)
        passed = UNDO_PHASES if phase.undoes else DEPLOY_PHASES
        if phase.undoes:
            lease = self._begin(deployment, DEPLOY_PHASES[0])
            lease.note(**noted)
            deployment = lease.fail(Failure(DEPLOY_PHASES[0], "the new version is not well"))
        self._pass(deployment, passed[: passed.index(phase)])
        lease = self._begin(deployment, phase)
        return self.context(lease, lease.note(**noted))

    def context(
        self, lease: Lease, deployment: Deployment, cancellation: Cancellation | None = None
    ) -> PhaseContext:
        """What a worker's work is given with that lease."""
        asked = cancellation or self.cancellation
        ask = self.runtime.request, self.runtime.request_check
        return PhaseContext(lease, deployment, self.site, self.store, asked, *ask)

    def again(self, context: PhaseContext) -> PhaseContext:
        """The same phase, as another worker has it that takes over from one that died."""
        self.store.redis.delete(keys.lease(context.deployment.id))
        deployment = self.store.take_over(context.deployment.id)
        assert deployment is not None
        lease = self._begin(deployment, context.lease.phase)
        return self.context(lease, lease.check())

    def _pass(self, deployment: Deployment, phases: Collection[Phase]) -> None:
        """Afterwards it has these behind it, written at once: there is a host for each kill of each phase."""

        def step(reached: Deployment, _: str | None) -> tuple[None, Step]:
            for phase in phases:
                begun = transitions.begin(reached, None, phase, reached.epoch, "we")[1].deployment
                assert begun is not None
                passed = transitions.commit(begun, phase, "passed", {}).deployment
                assert passed is not None
                reached = passed
            return None, Step(reached, None)

        self.store.change(deployment.id, step)

    def _begin(self, deployment: Deployment, phase: Phase) -> Lease:
        self.store.begin(deployment.id, phase, deployment.epoch, "we")
        return Lease(self.store, deployment.id, phase, deployment.epoch, "we")
