"""The live version is asked before the migrations and after them: what they may not break, and what is done."""

from pathlib import Path
from typing import Any

import pytest

from bluegreen.deployment.errors import JobFailed, PhaseFailed
from bluegreen.deployment.job import Job
from bluegreen.deployment.record import Release
from bluegreen.deployment.states import Color, Phase
from bluegreen.http import Response
from tasks.context import PhaseContext
from tasks.deploy.deploy_new_version import deploy_new_version
from tests.runtimes.in_memory import WELL
from tests.tasks.memory import Host
from tests.tasks.moments import kills

pytestmark = pytest.mark.unit

BROKEN = Response(500, "no such column: author", 0.0)


class Shop(Host):
    """v1 is live on blue. The migrations of v2 drop a column of which it reads, unless the test says otherwise."""

    def __init__(self, folder: Path, breaks: bool = True, back: bool = False, **settings: Any) -> None:
        migrate = {"command": ["migrate"], **({"back": ["back"]} if back else {})}
        super().__init__(folder, migrate=migrate, **settings)
        self.live()
        self.breaks, self.is_broken, self.was_broken, self.mends = breaks, False, False, True
        self.runtime.during = self.change
        self.runtime.answer = lambda color: BROKEN if self.is_broken else WELL

    def change(self, job: Job) -> None:
        """The database as the job leaves it."""
        if job.name == "migrate":
            self.is_broken = self.breaks or self.is_broken
        elif job.name == "migrate-back":
            self.is_broken = not self.mends

    def begin(self, **noted: Any) -> PhaseContext:
        """A deployment of v2, about to migrate."""
        colors = {"from_color": Color.BLUE, "to_color": Color.GREEN}
        return self.deployment(Phase.DEPLOY_NEW_VERSION, "v2", release=Release(name="v2"), **colors, **noted)


def refused(shop: Shop, **noted: Any) -> PhaseFailed:
    with pytest.raises(PhaseFailed) as failed:
        deploy_new_version.work(shop.begin(**noted))
    assert "start green v2" not in shop.runtime.log
    return failed.value


def test_migrations_that_the_live_version_lives_with_go_on(tmp_path: Path) -> None:
    shop = Shop(tmp_path, breaks=False)
    context = shop.begin()

    deploy_new_version.work(context)

    assert shop.written(context).well_before == ("health",) and "start green v2" in shop.runtime.log


def test_those_that_it_does_not_live_with_are_refused_by_what_it_answers(tmp_path: Path) -> None:
    error = refused(Shop(tmp_path))

    assert error.what == "the migrations broke the live version"
    assert "blue: the health check gets 500: no such column: author" in error.saw
    assert "Nothing was switched" in error.advice and "migrate.back" in error.advice
    assert "bluegreen deploy web --override-live-check WHY" in error.advice


def test_a_word_has_the_new_version_go_live_all_the_same_and_stays_as_a_warning(tmp_path: Path) -> None:
    shop = Shop(tmp_path)
    context = shop.begin(live_check_overridden="it is down anyway")

    deploy_new_version.work(context)

    assert "start green v2" in shop.runtime.log
    (warning,) = shop.written(context).warnings
    assert "no such column" in warning and warning.endswith("it is down anyway")


def test_the_way_back_of_the_project_undoes_them_and_the_live_version_is_asked_again(tmp_path: Path) -> None:
    shop = Shop(tmp_path, back=True)

    error = refused(shop)

    assert shop.runtime.log == ["build v2", "migrate v2", "migrate-back v2", "forget jobs"]
    assert "migrate.back has undone them, and the live version answers as before" in error.advice


def test_a_way_back_that_does_not_help_says_so(tmp_path: Path) -> None:
    shop = Shop(tmp_path, back=True)
    shop.mends = False

    assert "blue does not answer as before: the health check gets 500" in refused(shop).advice


def test_a_way_back_that_fails_says_so(tmp_path: Path) -> None:
    shop = Shop(tmp_path, back=True)

    def change(job: Job) -> None:
        if job.name == "migrate-back":
            raise JobFailed("migrate.back failed: back ended with status 1")
        shop.change(job)

    shop.runtime.during = change

    assert "migrate.back failed: back ended with status 1: undo the migrations by hand" in refused(shop).advice


def test_what_does_not_go_back_is_not_tried(tmp_path: Path) -> None:
    shop = Shop(tmp_path, back=True)

    assert "do not go back" in refused(shop, irreversible=True).advice
    assert "migrate-back v2" not in shop.runtime.log


def test_a_live_version_that_was_not_well_before_is_not_their_fault(tmp_path: Path) -> None:
    shop = Shop(tmp_path)
    shop.is_broken = True
    context = shop.begin()

    deploy_new_version.work(context)

    assert shop.written(context).well_before == () and "start green v2" in shop.runtime.log


def test_a_check_that_only_the_new_version_passes_is_not_asked_of_the_live_one_again(tmp_path: Path) -> None:
    checks = [
        {"at": ["before_switch"], "path": path, "expect_body": word}
        for path, word in (("/new", "new"), ("/", "w"))
    ]
    shop = Shop(tmp_path, checks=checks)
    context = shop.begin(live_check_overridden="to see what is asked")

    deploy_new_version.work(context)

    written = shop.written(context)
    assert written.well_before == ("health", "checks.1")
    assert "GET /: its status is 500" in written.warnings[0] and "GET /new" not in written.warnings[0]


def test_migrations_that_failed_on_their_way_say_what_became_of_the_live_version(tmp_path: Path) -> None:
    shop = Shop(tmp_path)

    def change(job: Job) -> None:
        shop.is_broken = True
        raise JobFailed("the migrations failed")

    shop.runtime.during = change

    assert "The live version does not answer as before: the health check gets 500" in refused(shop).advice


def test_a_first_deployment_has_nobody_to_ask(tmp_path: Path) -> None:
    host = Host(tmp_path, migrate={"command": ["migrate"]})
    context = host.deployment(Phase.DEPLOY_NEW_VERSION, to_color=Color.GREEN, release=Release(name="v2"))

    deploy_new_version.work(context)

    assert "start green v2" in host.runtime.log


@pytest.mark.parametrize("back", [False, True])
def test_wherever_it_is_killed_a_broken_live_version_is_seen_and_the_new_one_not_started(
    tmp_path: Path, back: bool
) -> None:
    """Also once `migrate.back` has run: a live version that is well again is no reason to go on."""
    numbers = iter(range(1000))

    def work(context: PhaseContext) -> str:
        with pytest.raises(PhaseFailed, match="the migrations broke the live version"):
            deploy_new_version.work(context)
        return ""

    def make() -> Host:
        return Shop(tmp_path / str(next(numbers)), back=back)

    for when, host in kills(make, lambda host: host.begin(), work):  # type: ignore[attr-defined]
        assert "start green v2" not in host.runtime.log, when
        assert ("migrate-back v2" in host.runtime.log) is back, when
