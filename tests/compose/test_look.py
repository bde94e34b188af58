"""What a colour's container has to say for itself."""

import docker
import pytest

from bluegreen.deployment.states import Color
from tests.compose.app import App, eventually

pytestmark = pytest.mark.docker

BLUE, GREEN = Color.BLUE, Color.GREEN


def test_the_logs_have_the_last_lines_of_both_streams(app: App) -> None:
    app.deploy(BLUE, "one")
    app.answer(BLUE)

    assert sorted(app.runtime.logs(BLUE).splitlines()) == ["to standard error: one", "to standard output: one"]
    assert len(app.runtime.logs(BLUE, lines=1).splitlines()) == 1
    assert app.runtime.logs(GREEN) == ""


def test_a_container_that_ends_at_once_tells_its_exit_code_and_its_last_words(app: App) -> None:
    app.deploy(BLUE, "crash")

    eventually(lambda: not app.runtime.look(BLUE).running)

    found = app.runtime.look(BLUE)
    assert found.exit_code == 7
    assert found.described.endswith("(exited, code 7)")
    assert "to standard error: crash" in app.runtime.logs(BLUE)


def test_a_container_in_a_crash_loop_does_not_count_as_running(app: App) -> None:
    app.compose_file(BLUE, restart="always")
    app.deploy(BLUE, "crash")

    eventually(lambda: "restarting, code 7, restarts: " in app.runtime.look(BLUE).described)


def test_a_container_killed_for_its_memory_says_so(app: App, engine: docker.DockerClient) -> None:
    app.compose_file(
        BLUE, command=["python3", "-c", "x = b'x' * 500_000_000"], mem_limit="30m", memswap_limit="30m"
    )
    app.deploy(BLUE, "one")

    eventually(lambda: not app.runtime.look(BLUE).running)

    # The Engine itself misses the reason now and then; what it knows, we say.
    known = engine.containers.get(f"{app.name}-blue-app-blue-1").attrs["State"]["OOMKilled"]
    assert app.runtime.look(BLUE).exit_code == 137
    assert ("OOM-killed" in app.runtime.look(BLUE).described) >= known


def test_the_verdict_of_dockers_own_healthcheck_is_passed_on(app: App) -> None:
    def healthy(test: str) -> object:
        check = {"test": ["CMD", test], "interval": "0.2s", "timeout": "5s", "retries": 1}
        app.compose_file(BLUE, healthcheck=check)
        app.deploy(BLUE, "one", deployment_id=test)
        eventually(lambda: app.runtime.look(BLUE).healthy is not None)
        return app.runtime.look(BLUE).healthy

    assert healthy("true") is True
    assert healthy("false") is False
    assert "health: unhealthy" in app.runtime.look(BLUE).described


def test_containers_that_are_only_called_like_ours_are_not_looked_at(app: App, run_container) -> None:
    def lookalike(project: str, service: str, name: str) -> None:
        labels = {"com.docker.compose.project": project, "com.docker.compose.service": service}
        labels |= {"com.docker.compose.oneoff": "False"}
        run_container(app.python, name=name, command="sleep 600", labels=labels)

    lookalike(f"{app.name}-blue-2", "app-blue", f"{app.name}-blue-app-blue-2")
    lookalike(f"{app.name}-blue", "app-blue-worker", f"{app.name}-blue-app-blue-worker-1")

    assert app.runtime.look(BLUE).described == "no container"
    assert app.runtime.logs(BLUE) == ""
