"""adopt, --finish and --undo may be killed at any moment, and be run again."""

from pathlib import Path

import pytest
from click.testing import CliRunner
from redis import Redis

from cli.main import bluegreen
from tests.cli.adopt.project import COMPOSE, DIRECT, Project
from tests.cli.adopt.test_finish import worker
from tests.killed import killed_at

pytestmark = pytest.mark.docker

#: in the order in which they come; the number says which time it is killed at
ADOPT = [
    ("after note adoption", 1),
    ("after write file", 1),
    ("before reload", 1),
    ("after reload", 1),
    ("before write config", 1),
    ("before note adoption", 2),
]
FINISH = [
    ("before note adoption", 1),
    ("after note adoption", 1),
    ("after write compose file", 1),
    ("before stop originals", 1),
    ("after stop originals", 1),
]
UNDO = [
    ("before restore file", 1),
    ("after restore file", 1),
    ("after start originals", 1),
    ("after restore file", 1),
    ("before reload", 1),
    ("after reload", 1),
    ("after compose down", 1),
    ("before note images", 1),
    ("before forget service", 1),
    ("after forget service", 1),
    ("after remove state", 1),
    ("after delete config", 1),
    ("after remove installation", 1),
    ("before forget adoption", 1),
]


def kill(point: tuple[str, int], *arguments: str) -> None:
    killed_at(
        *point, lambda: CliRunner().invoke(bluegreen, ["adopt", *arguments, "--yes"], catch_exceptions=False)
    )


@pytest.fixture
def started(project: Project, monkeypatch: pytest.MonkeyPatch) -> Project:
    """It runs, and this process is in its folder."""
    base, _, edge = COMPOSE.partition("  nginx:")  # two files, of which one alone is nothing that Compose takes
    files = {"docker-compose.yml": base, "docker-compose.override.yml": f"services:\n  nginx:{edge}"}
    project.write({**files, "nginx/site.conf": DIRECT})
    project.up()
    monkeypatch.chdir(project.folder)
    monkeypatch.setenv("STATE_DIRECTORY", project.env["STATE_DIRECTORY"])
    return project


def test_a_killed_adoption_is_taken_back_by_the_next(started: Project) -> None:
    before = started.texts()
    for point in ADOPT:
        kill(point)
        assert started.served() == "before", point

        started.bluegreen("adopt")
        assert started.texts() == before and started.served() == "before", point


@pytest.mark.long
@pytest.mark.timeout(240)
def test_what_was_killed_while_it_was_finished_or_given_back_goes_on_where_it_is_asked_again(
    started: Project, tmp_path: Path, redis_url: str, redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, left, name = started.texts(), started.left(), started.name
    monkeypatch.setenv("BLUEGREEN_REDIS_URL", redis_url)
    started.env["BLUEGREEN_REDIS_URL"] = redis_url
    started.bluegreen("adopt", name, "--service", "web", "--yes")
    with_worker = worker(started, tmp_path, redis_url)
    try:
        started.bluegreen("deploy", name, "--ref", "v1")
    finally:
        with_worker.stop()

    for point in FINISH:
        kill(point, "--finish")
        assert started.served() == "v1", point
    started.bluegreen("adopt", "--finish", "--yes")
    assert not started.inspect(f"{name}-web-1")["State"]["Running"]  # type: ignore[index]
    started.compose("config", "--quiet")

    for point in UNDO:
        kill(point, "--undo")
        assert started.served() in ("v1", "before"), point
    started.bluegreen("adopt", "--undo", "--yes")
    assert (started.served(), started.texts(), started.left()) == ("before", before, left)
