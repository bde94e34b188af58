"""A migration that the live version cannot live with: seen before any switch, undone where there is a way back."""

import json
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

from bluegreen.deployment.states import Color, Phase, State
from cli.demo import app
from tests.chaos import arena
from tests.e2e.host import Host

pytestmark = pytest.mark.real


class Shop(Host):
    """Its versions of the name "…waits" are well while the file `well` is there: that is the column they read."""

    @property
    def column(self) -> Path:
        return self.folder / "well"

    def migrate(self, command: str, back: str | None = None, more: str = "") -> None:
        """The config with these migrations, as a shell has them."""
        lines = {"command": ["sh", "-c", command], **({"back": ["sh", "-c", back]} if back else {})}
        section = "\n".join(f"{key} = {json.dumps(each)}" for key, each in lines.items())
        self.configure(f"[services.hello.migrate]\n{section}\n{more}")
        file = self.folder / "bluegreen.toml"
        ours = f'"{Path(arena.__file__).with_name("app.py")}", "{self.folder}"'
        file.write_text(file.read_text().replace(f'"{app.__file__}"', ours))

    def drop(self, back: bool = False, more: str = "") -> None:
        """The config whose migrations drop the column, with a way back or without."""
        path = shlex.quote(str(self.column))
        self.migrate(f"rm -f {path}; echo dropped", f"touch {path}; echo undone" if back else None, more)


@pytest.fixture
def shop(tmp_path: Path, redis_url: str, redis: object) -> Iterator[Shop]:
    with Shop(tmp_path, redis_url) as host:
        host.start_nginx()
        host.start_worker()
        host.column.touch()
        host.migrate("true")
        assert host.deploy("v1-waits")[0] == 0
        yield host


def test_a_live_version_that_does_not_live_with_it_is_named_and_nothing_is_switched(shop: Shop) -> None:
    shop.drop()
    before = shop.proxy_workers()

    status, deployment = shop.deploy("v2")

    assert (status, deployment.state) == (4, State.FAILED), "users get errors: a person is needed"
    assert deployment.error is not None and not deployment.started
    assert deployment.error.phase is Phase.DEPLOY_NEW_VERSION
    assert deployment.error.what == "the migrations broke the live version"
    assert "blue: the health check gets 503" in deployment.error.saw
    assert "bluegreen deploy hello --override-live-check WHY" in deployment.error.advice
    assert shop.answer() == {"color": "blue", "version": "v1-waits"} and shop.proxy_workers() == before
    assert not shop.is_running(Color.GREEN)
    explained = shop.bluegreen("explain", deployment.id).stdout
    assert "the migrations broke the live version" in explained and "Undo the migrations by hand" in explained


def test_with_a_word_the_new_version_goes_live_all_the_same(shop: Shop) -> None:
    shop.drop()

    status, deployment = shop.deploy("v2", "--override-live-check", "the shop is closed https://a:b@host/")

    assert (status, deployment.state) == (0, State.SUCCEEDED), deployment
    assert deployment.live_check_overridden == "the shop is closed https://***@host/"
    assert "the migrations broke the live version" in deployment.warnings[0]
    for asked in ("show", "explain"):
        assert "the shop is closed" in shop.bluegreen(asked, deployment.id).stdout, asked
    assert "the shop is closed" in shop.bluegreen("history", "hello").stdout
    assert shop.bluegreen("deploy", "hello", "--override-live-check", "a\nb").returncode == 2


def test_the_way_back_of_the_project_runs_by_itself(shop: Shop) -> None:
    shop.drop(back=True)

    status, deployment = shop.deploy("v2")

    assert status == 1 and deployment.error is not None and shop.column.exists()
    assert "migrate.back has undone them, and the live version answers as before" in deployment.error.advice
    assert "dropped" in shop.bluegreen("show", deployment.id, "--json").stdout


def test_a_check_of_the_live_version_counts_as_its_health_does(shop: Shop) -> None:
    check = '[[services.hello.checks]]\nat = ["before_switch"]\npath = "/health"\ntimeout = 1\n'
    shop.drop(more=check)

    status, deployment = shop.deploy("v2")

    assert status == 4 and deployment.error is not None
    assert "GET /health: its status is 503 in place of 200-299" in deployment.error.saw
