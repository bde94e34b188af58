"""A release beside a workspace to which no deployment writes: what is refused, and what is told."""

import types
from pathlib import Path

import pytest

from bluegreen.deployment.errors import PhaseFailed
from bluegreen.deployment.record import Release
from bluegreen.deployment.states import Color
from bluegreen.settings.service import ServiceSettings
from bluegreen.source import git
from tasks import workspace
from tests.bluegreen.source.conftest import Upstream
from tests.cancellations import Free

pytestmark = pytest.mark.real


class Asked(Free):
    """A run, as far as it is asked here; its service mounts ./data for writing, and shares ./nginx."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.folder = folder / "site"
        (self.folder / "nginx").mkdir(parents=True)
        settings = {
            "workspace": self.folder,
            "compose": {},
            "ports": {"blue": 1, "green": 2},
            "proxies": [{"container": "proxy", "file": self.folder / "nginx" / "upstream.inc"}],
            "source": {"url": str(folder / "upstream")},
        }
        self.service = ServiceSettings.model_validate(settings).kept_in(folder / "state")
        self.upstream = Upstream(folder / "upstream")
        self.told: list[str] = []
        self.runtime = types.SimpleNamespace(
            written_by=lambda *_: [self.tree / "data"], read_by_others=lambda: [self.folder / "config"]
        )
        self.checked_out({"data/schema.sql": "1", "nginx/site.conf": "new", "nginx/upstream.inc": "placeholder"})

    def checked_out(self, files: dict[str, str]) -> None:
        commit = self.upstream.commit(files)
        git.checkout("web", self.service, None, self)
        self.tree = self.service.releases_folder / commit
        self.deployment = types.SimpleNamespace(
            id="web-1", service="web", release=Release(name="v1", ref="v1", commit=commit)
        )

    def report(self, message: str, kind: str = "told") -> None:
        self.told.append(message)


def test_a_release_that_would_not_see_the_users_data_is_refused(tmp_path: Path) -> None:
    run = Asked(tmp_path)
    workspace.refuse_data_left_behind(run, Color.BLUE)  # type: ignore[arg-type]

    (run.folder / "data").mkdir()
    (run.folder / "data" / "db.sqlite3").write_text("rows")

    with pytest.raises(PhaseFailed, match=r"\./data is mounted, and is both the release's and the") as refused:
        workspace.refuse_data_left_behind(run, Color.BLUE)  # type: ignore[arg-type]
    assert "data/db.sqlite3" in refused.value.saw and "./data/db.sqlite3" in refused.value.advice


def test_files_that_nobody_deploys_are_named_and_the_proxys_own_is_not(tmp_path: Path) -> None:
    run = Asked(tmp_path)
    (run.folder / "nginx" / "upstream.inc").write_text("ours")
    (run.folder / "nginx" / "site.conf").write_text("old")

    workspace.report_what_stays(run)  # type: ignore[arg-type]
    assert run.told == ["not deployed, and another one in the workspace: nginx/site.conf"]

    (run.folder / "nginx" / "site.conf").write_text("new")
    workspace.report_what_stays(run)  # type: ignore[arg-type]
    assert len(run.told) == 1
