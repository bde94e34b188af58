"""Deployments under maintenance while something happens to them: users get the page, and then the application."""

from dataclasses import replace

from tests.chaos.arena import Arena, Ending, Start, Trial


class Closed(Arena):
    """A host on which users may get 503: the page, for as long as a deployment wants it, and nothing else."""

    note = " (under maintenance)"

    def __exit__(self, kind: type[BaseException] | None, *rest: object) -> None:
        self.loses_requests = True
        super().__exit__(kind, *rest)
        assert kind or {line["status"] for line in self.load.dropped()} <= {503}


class UnderMaintenance(Trial):
    """A version that is deployed under maintenance."""

    def enqueue(self) -> str:
        enqueued = self.host.bluegreen("deploy", "hello", "--ref", self.ref, "--under-maintenance", "--detach")
        assert enqueued.returncode == 0, enqueued.stderr
        return enqueued.stdout.strip()

    def judged(self, ending: Ending) -> Ending:
        """The promises of any deployment, but that users get the page meanwhile."""
        deployment = self.ended()
        self.check(deployment)
        assert deployment.maintenance_since and deployment.maintenance_until, f"{deployment}"
        assert not (self.host.state_of() / "maintenance.json").exists()
        lines = self.arena.load.lines()[self.seen :]
        statuses = {line["status"] for line in lines}
        assert 503 in statuses and statuses <= {200, 503}, f"{statuses}\n{self.host.worker_log()}"
        return replace(ending, requests=len(lines), switches=self.switches())


class Fickle(UnderMaintenance):
    """One that does not hold once it serves."""

    def __init__(self, arena: Arena) -> None:
        super().__init__(arena, good=False)


CLOSED: Start = UnderMaintenance
CLOSED_FICKLE: Start = Fickle

#: where the way of each differs from that of a deployment that is not under maintenance
CLOSED_AT = (
    "deploy_new_version: before note maintenance_since",
    "deploy_new_version: after note maintenance_since",
    "deploy_new_version: before turn on maintenance",
    "deploy_new_version: before write maintenance",
    "deploy_new_version: after write maintenance",
    "deploy_new_version: before replace file",
    "deploy_new_version: after replace file",
    "deploy_new_version: before reload",
    "deploy_new_version: after reload",
    "deploy_new_version: before keep text",
    "deploy_new_version: after keep text",
    "deploy_new_version: after turn on maintenance",
    "switch_traffic: after keep text",
    "switch_traffic: before turn off maintenance",
    "switch_traffic: before write maintenance",
    "switch_traffic: after write maintenance",
    "switch_traffic: before replace file (2)",
    "switch_traffic: after replace file (2)",
    "switch_traffic: before reload (2)",
    "switch_traffic: after reload (2)",
    "switch_traffic: after keep text (2)",
    "switch_traffic: after turn off maintenance",
    "switch_traffic: before note maintenance_until",
    "switch_traffic: after note maintenance_until",
)
