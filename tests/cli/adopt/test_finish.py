"""From a project that runs to one that bluegreen deploys, and back: nobody notices at any step."""

import sys
from pathlib import Path

import pytest
from redis import Redis

from bluegreen.store.connection import connect
from cli.demo.servers import Server
from tests.cli.adopt.project import COMPOSE, DIRECT, WEB, Load, Project
from tests.compose.app import eventually

pytestmark = pytest.mark.docker
IDLE = "    build: .\n    command: [sleep, infinity]\n    stop_grace_period: 0s\n    depends_on: [web]\n"
CELERY = f"  worker:\n{IDLE}  beat:\n{IDLE}"
INCLUDED = f"services:\n{WEB}".replace("build: .", "build: ..")
QUICK = "\n[services.NAME.bake]\nseconds = 0.3\n"


def worker(project: Project, folder: Path, redis_url: str) -> Server:
    """Started, and announced."""
    env = {**project.env, "BLUEGREEN_CONFIG": str(project.folder / "bluegreen.toml")}
    started = Server([sys.executable, "-m", "bluegreen", "worker"], folder / "worker.log", env)
    started.start()
    redis = connect(redis_url)
    started.wait_until(lambda: bool(redis.hlen("bluegreen:hosts")), "the worker")
    redis.close()
    return started


@pytest.mark.timeout(240)
def test_adopted_deployed_finished_and_given_back_under_load(
    project: Project, tmp_path: Path, redis_url: str, redis: Redis
) -> None:
    project.write(
        {"docker-compose.yml": COMPOSE.replace("WEB\n", f"{WEB}    restart: always\n"), "nginx/site.conf": DIRECT}
    )
    project.up()
    before, left, name = project.texts(), project.left(), project.name
    original = f"{name}-web-1"
    project.env["BLUEGREEN_REDIS_URL"] = redis_url
    config = project.folder / "bluegreen.toml"
    with Load(project.site).running() as load:
        project.bluegreen("adopt", name, "--service", "web", "--yes")
        assert "Deploy first" in project.bluegreen("adopt", name, "--finish", "--yes", status=2)
        written = config.read_text()
        config.write_text(written + project.filled(QUICK))
        with_worker = worker(project, tmp_path, redis_url)
        try:
            said = project.bluegreen("deploy", name, "--ref", "v1")
            assert "v1 succeeded" in said and project.served() == "v1"
            assert f"container {original}" in said

            said = project.bluegreen("rollback", name)
            assert "what served before the first deployment serves again" in said
            assert project.served() == "before" and "nothing" in project.bluegreen("status", name)
            assert "v1b succeeded" in project.bluegreen("deploy", name, "--ref", "v1b")

            shown = project.bluegreen("adopt", name, "--finish")
            assert "+    profiles: [adopted-by-bluegreen]" in shown and "+        required: false" in shown
            assert project.inspect(original)["State"]["Running"]
            project.bluegreen("adopt", name, "--finish", "--yes")
            assert project.restarts(original) == "unless-stopped"
            assert not project.inspect(original)["State"]["Running"]
            project.bluegreen("rollback", name)
            assert project.served() == "before" and project.inspect(original)["State"]["Running"]
            assert "v2 succeeded" in project.bluegreen("deploy", name, "--ref", "v2")
            config.write_text(written)
            assert "Stop the worker" in project.bluegreen("adopt", name, "--undo", "--yes", status=2)
            assert project.served() == "before"
        finally:
            with_worker.stop()
        project.bluegreen("adopt", name, "--undo", "--yes")
        assert project.served() == "before"
    assert (load.failed, load.good > 200) == ([], True)
    assert project.texts() == before
    assert project.left() == left
    lasting = {each for each in redis.keys("bluegreen:*") if redis.ttl(each) < 0}
    assert lasting == set()
    assert project.restarts(original) == "always"


@pytest.mark.timeout(240)
def test_workers_go_with_the_release_and_come_back_and_compose_starts_no_second_one(
    project: Project, tmp_path: Path, redis_url: str, redis: object
) -> None:
    base, _, edge = COMPOSE.partition("WEB\n")
    compose = f"include: [app/compose.yml]\n{base}{CELERY}{edge}"
    project.write({"docker-compose.yml": compose, "app/compose.yml": INCLUDED, "nginx/site.conf": DIRECT})
    project.up()
    before, left, name = project.texts(), project.left(), project.name
    project.env["BLUEGREEN_REDIS_URL"] = redis_url
    said = project.bluegreen("adopt", name, "--service", "web", "--yes")
    assert f"[services.{name}.background.worker]" in said and "never two of it" in said

    with_worker = worker(project, tmp_path, redis_url)
    try:
        said = project.bluegreen("adopt", name, "--finish", "--yes", status=2)
        assert "Deploy first" in said
        project.bluegreen("deploy", name, "--ref", "v1")
        assert running(project) == ["nginx", "web"]
        project.bluegreen("rollback", name)
        assert running(project) == ["beat", "nginx", "web", "worker"] and project.served() == "before"
        project.bluegreen("deploy", name, "--ref", "v2")
        assert running(project) == ["nginx", "web"]
        said = project.bluegreen("ps", name)
        assert "worker" in said and "beat" in said

        said = project.bluegreen("adopt", name, "--finish", "--yes")
        assert "depends_on changes of nginx," in said
        project.compose("up", "--detach")
        eventually(lambda: project.served() == "v2")
        assert running(project) == ["nginx"]
        assert "no problems" in project.bluegreen("doctor")
        assert "v3 succeeded" in project.bluegreen("deploy", name, "--ref", "v3")
    finally:
        with_worker.stop()

    said = project.bluegreen("adopt", name, "--undo", "--yes")
    assert f"{name}-beat-1, {name}-worker-1 works again" in said
    assert running(project) == ["beat", "nginx", "web", "worker"]
    assert (project.texts(), project.left()) == (before, left)


def running(project: Project) -> list[str]:
    """The services of the project itself that run."""
    return sorted(project.compose("ps", "--format", "{{.Service}}").split())
