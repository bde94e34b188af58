"""Rollbacks to an older release, and the live one once more, while something happens to them."""

from bluegreen.deployment.releases import stays
from tests.chaos.arena import Arena, Start, Trial


class Grown(Arena):
    """A host on which three releases were live, and may be so again."""

    note = " (three releases)"

    def __enter__(self) -> "Grown":
        super().__enter__()
        for _ in range(2):
            status, deployment = self.host.deploy(self.next_version(good=True))
            assert status == 0, deployment
        return self


class Returned(Trial):
    """A rollback to the release that was live the longest time ago."""

    def enqueue(self) -> str:
        self.ref = stays(self.host.store.history("hello"))[-1].release.name
        return self._ask("rollback", "--to", self.ref)

    def _ask(self, command: str, *more: str) -> str:
        enqueued = self.host.bluegreen(command, "hello", *more, "--detach")
        assert enqueued.returncode == 0, enqueued.stderr
        return enqueued.stdout.strip()


class Renewed(Returned):
    """The live release once more."""

    def enqueue(self) -> str:
        self.ref = self.before["version"]
        return self._ask("redeploy")


RETURNED: Start = Returned
RENEWED: Start = Renewed

#: where the way of both differs from that of a deployment of something new
FORMER_AT = (
    "requests: before create",
    "requests: after create",
    "checkout: before note ref",
    "checkout: after note ref",
    "checkout: before commit",
    "deploy_new_version: before note started",
    "deploy_new_version: after spawn",
    "switch_traffic: before reload",
    "cleanup_old_version: before prune",
    "cleanup_old_version: after prune",
)
#: a rollback has noted there over what it goes back
RETURNED_AT = ("checkout: before note crossed", "checkout: after note crossed")
