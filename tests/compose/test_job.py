"""A job in a one-off container of the new image: once, to its end, whoever starts or waits for it."""

import threading

import docker
import pytest

from bluegreen.deployment.errors import AbortRequested, BlueGreenError, JobFailed, PhaseFailed, Superseded
from bluegreen.deployment.job import Job
from bluegreen.deployment.record import Release
from bluegreen.deployment.states import Color
from bluegreen.system.log_lines import LEFT_OUT, MOST
from tests.cancellations import Cut, Free
from tests.compose.app import App, eventually

pytestmark = pytest.mark.docker

BLUE = Color.BLUE


def migrating(app: App, script: str, timeout: float = 60):
    """The runtime, its migrations, which are this Python, and a release that is built."""
    runtime = app.runtime_with(up_timeout=60)
    job = Job("migrate", "the migrations", ("python3", "-uc", script), timeout, {"BLUEGREEN_HOOK": "none"})
    return runtime, job, runtime.build(BLUE, Release(name="one"), "d1", Free())


def containers(engine: docker.DockerClient, app: App) -> list[str]:
    return [
        each.name
        for each in engine.containers.list(all=True, ignore_removed=True)
        if app.name in (each.name or "")
    ]


def test_they_run_with_the_new_release_and_leave_nothing_behind(app: App, engine: docker.DockerClient) -> None:
    runtime, job, release = migrating(app, "print('adding a column for', open('/version').read())")

    assert runtime.run_job(job, BLUE, release, "d1", Free()) == "adding a column for one\n"
    runtime.forget_jobs(BLUE, Free())
    assert containers(engine, app) == []
    assert not runtime.look(BLUE).running


def test_its_environment_has_the_variables_of_the_job_beside_those_of_the_service(app: App) -> None:
    app.compose_file(BLUE, environment={"OWN": "kept"})
    runtime, job, release = migrating(app, "import os; print(os.environ['OWN'], os.environ['BLUEGREEN_HOOK'])")

    assert runtime.run_job(job, BLUE, release, "d1", Free()) == "kept none\n"


def test_a_worker_killed_before_it_could_say_so_leaves_them_done(app: App, engine: docker.DockerClient) -> None:
    runtime, job, release = migrating(app, "import uuid; print(uuid.uuid4())")
    first = runtime.run_job(job, BLUE, release, "d1", Free())

    assert runtime.run_job(job, BLUE, release, "d1", Free()) == first
    assert runtime.run_job(job, BLUE, release, "d2", Free()) != first
    runtime.forget_jobs(BLUE, Free())
    assert runtime.run_job(job, BLUE, release, "d1", Free()) != first


def test_a_service_that_always_restarts_migrates_once(app: App, engine: docker.DockerClient) -> None:
    app.compose_file(BLUE, restart="always")
    runtime, job, release = migrating(app, "print('once')")

    assert runtime.run_job(job, BLUE, release, "d1", Free()) == "once\n"


def test_of_much_that_they_print_the_end_is_kept(app: App) -> None:
    """Of lines, and of one line that does not end: the Engine keeps that in pieces."""
    script = "[print(n, 'x' * 90) for n in range(100_000)]; print('y' * 5_000_000, end=''); print(' the end')"
    runtime, job, release = migrating(app, script)

    log = runtime.run_job(job, BLUE, release, "d1", Free())

    assert log.startswith(LEFT_OUT) and log.endswith(" the end\n") and len(log) < MOST + 100


def test_a_failure_shows_status_and_log(app: App, engine: docker.DockerClient) -> None:
    runtime, job, release = migrating(app, "print('duplicate column'); raise SystemExit(3)")

    with pytest.raises(JobFailed, match="ended with status 3") as failed:
        runtime.run_job(job, BLUE, release, "d1", Free())

    assert "duplicate column" in failed.value.saw
    assert containers(engine, app) == []


def test_migrations_that_cannot_begin_are_not_migrations_to_fix(app: App, engine: docker.DockerClient) -> None:
    app.compose_file(BLUE, user="nobody-of-this-name")
    runtime, job, release = migrating(app, "print('never')")

    with pytest.raises(PhaseFailed, match="could not be started") as failed:
        runtime.run_job(job, BLUE, release, "d1", Free())

    assert not isinstance(failed.value, JobFailed)
    assert "nobody-of-this-name" in failed.value.saw and "Nothing of the command has run" in failed.value.advice
    assert containers(engine, app) == []


def test_they_end_when_their_time_is_over(app: App, engine: docker.DockerClient) -> None:
    runtime, job, release = migrating(app, "import time; print('locking'); time.sleep(60)", timeout=3)

    with pytest.raises(JobFailed, match="did not end within 3 s") as failed:
        runtime.run_job(job, BLUE, release, "d1", Free())

    assert "locking" in failed.value.saw
    assert containers(engine, app) == []


@pytest.mark.parametrize(("reason", "left"), [(AbortRequested, 0), (Superseded, 1)])
def test_an_abort_ends_them_and_a_take_over_leaves_them_to_the_successor(
    app: App, engine: docker.DockerClient, reason: type[BlueGreenError], left: int
) -> None:
    class Cancellation(Cut):
        def check(self) -> None:
            if self.event.is_set():
                raise reason("enough")

    runtime, job, release = migrating(app, "import time; time.sleep(2); print('done')")
    cancellation, raised = Cancellation(), []

    def migrate() -> None:
        try:
            runtime.run_job(job, BLUE, release, "d1", cancellation)
        except BlueGreenError as error:
            raised.append(type(error))

    worker = threading.Thread(target=migrate)
    worker.start()
    eventually(lambda: engine.containers.list(filters={"name": f"{app.name}-blue-job-migrate-d1"}))
    cancellation.event.set()
    worker.join(10)

    assert raised == [reason]
    assert len(containers(engine, app)) == left
    if left:
        before = engine.containers.get(f"{app.name}-blue-job-migrate-d1").id
        assert before and runtime.run_job(job, BLUE, release, "d1", Free()) == "done\n"
