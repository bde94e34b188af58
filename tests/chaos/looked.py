"""Deployments whose new version is looked at before its switch, while something happens to them."""

from pathlib import Path
from typing import Any

from bluegreen.deployment.record import Deployment
from bluegreen.deployment.states import State
from tests.chaos.arena import Arena, Start
from tests.chaos.held import Held
from tests.e2e.damage import file_of
from tests.e2e.previewed import HEADER, PreviewedHost


class WithPreview(Arena):
    """A host whose service has a preview."""

    note = " (with a preview)"
    kind_of_host = PreviewedHost

    def __init__(self, folder: Path, redis_url: str) -> None:
        super().__init__(folder, redis_url)
        assert isinstance(self.host, PreviewedHost)
        self.visited = self.host

    def configure(self, **changes: Any) -> None:
        super().configure(**changes)
        with (self.host.folder / "bluegreen.toml").open("a") as file:
            file.write(HEADER)


class Looked(Held):
    """A good version that is looked at while it waits, and then gets live."""

    asks: dict[str, str]

    def hold(self) -> str:
        """Whoever has the secret sees the new version, and users have seen none but the old one."""
        identity = super().hold()
        host = self.visited
        self.asks = host.asks(identity)
        host.wait_until(lambda: host.preview(self.asks)["version"] == self.ref)
        assert {line.get("version") for line in self.arena.load.lines()[self.seen :]} <= {self.before["version"]}
        return identity

    @property
    def visited(self) -> PreviewedHost:
        assert isinstance(self.arena, WithPreview)
        return self.arena.visited

    def check(self, deployment: Deployment) -> None:
        """The secret opens nothing any more."""
        super().check(deployment)
        assert deployment.preview is None
        assert "preview" not in file_of(self.host).read_text(), self.host.worker_log()
        assert self.visited.preview(self.asks) == self.host.answer()


class Dropped(Looked):
    """The same, aborted while it waits."""

    def go_on(self, identity: str) -> None:
        self.ending = State.ABORTED
        assert self.host.bluegreen("abort", identity).returncode == 0


LOOKED: Start = Looked
DROPPED: Start = Dropped

#: where it is opened, and what a promotion, an abort and the switch do about it
OPENED_AT = (
    "health_check: before note preview",
    "health_check: after note preview",
    "health_check: before replace file",
    "health_check: after replace file",
    "health_check: after note retired_by_preview",
    "health_check: before reload",
    "health_check: after reload",
    "health_check: after keep text",
    "health_check: before note preview (2)",
    "health_check: after note preview (2)",
    "health_check: after commit",
    "requests: after promote",
    "switch_traffic: after replace file",
    "switch_traffic: after reload",
    "switch_traffic: before note preview",
    "switch_traffic: after note preview",
)
DROPPED_AT = (
    "requests: after request abort",
    "restore_traffic: before replace file",
    "restore_traffic: after replace file",
    "restore_traffic: after reload",
    "restore_traffic: before note preview",
    "restore_traffic: after note preview",
    "remove_new_version: before terminate",
)
