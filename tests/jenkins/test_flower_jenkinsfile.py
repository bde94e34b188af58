"""The Jenkinsfile of the example that has no Python, nothing but curl: a real Flower answers it."""

import time
from pathlib import Path

import pytest

from bluegreen.deployment.states import State
from tests.e2e.flower import PASSWORD, USER, Flower
from tests.e2e.host import Host
from tests.jenkins.build import Build, Changes, wait_for_health_check

pytestmark = [pytest.mark.groovy, pytest.mark.real, pytest.mark.timeout(300)]

BY_FLOWER = "flower/Jenkinsfile"


def _by_flower(linter: Path, host: Host, flower: Flower, ref: str, changes: Changes = (), **env: str) -> Build:
    known = {"FLOWER_URL": flower.url, "FLOWER": f"{USER}:{PASSWORD}", "PARAM_REF": ref}
    return Build(linter, host, BY_FLOWER, changes, **known | env)


def _has_asked(build: Build, what: str) -> bool:
    request = build.folder / "request.json"
    return request.exists() and what in request.read_text()


def test_the_build_is_as_the_deployment(linter: Path, host: Host) -> None:
    with Flower(host, "--allow-requests") as flower:
        build = _by_flower(linter, host, flower, "v2")
        console = build.console()

    assert "Finished: SUCCESS" in console and PASSWORD not in console, console
    live = host.store.live("hello")
    assert live is not None and live.ref == "v2"
    assert live.asked_by == "shop/main #12 (https://ci.example/job/shop/12/)"


def test_an_aborted_build_aborts_the_deployment(linter: Path, host: Host) -> None:
    host.configure(attempts=100)
    with Flower(host, "--allow-requests") as flower:
        build = _by_flower(linter, host, flower, "deaf")
        wait_for_health_check(host)
        build.host.wait_until(lambda: (build.folder / "request.json").read_text().count("deployment") == 1)
        build.abort("abort")
        console = build.console()

    assert "Finished: ABORTED" in console and "aborted: " in console, console
    assert host.store.history("hello")[-1].state is State.ABORTED


def test_a_bad_name_fails_the_build(linter: Path, host: Host) -> None:
    with Flower(host, "--allow-requests") as flower:
        console = _by_flower(linter, host, flower, "-x").console()

    assert "Finished: FAILURE" in console and "is refused" in console, console


def test_a_question_that_no_worker_takes_in_time_is_no_news_of_the_deployment(linter: Path, host: Host) -> None:
    host.configure(attempts=100)
    with Flower(host, "--allow-requests") as flower:
        build = _by_flower(linter, host, flower, "deaf", [("'request.status', 60", "'request.status', 2")])
        wait_for_health_check(host)
        host.wait_until(lambda: _has_asked(build, '"expires":2'))
        host.kill_worker()
        before = (build.folder / "request.json").read_text()
        host.wait_until(lambda: (build.folder / "request.json").read_text() != before, 60)
        time.sleep(3)
        host.start_worker()
        running = host.store.holder("hello")
        assert running is not None
        assert host.bluegreen("abort", running.id, "--wait", "60").returncode == 1
        console = build.console()

    assert "ERROR: aborted: " in console, console


def test_what_no_worker_takes_in_time_fails_the_build_and_is_not_begun_later(linter: Path, host: Host) -> None:
    host.kill_worker()
    with Flower(host, "--allow-requests") as flower:
        build = _by_flower(linter, host, flower, "v2", [("'request.deploy', 300", "'request.deploy', 2")])
        host.wait_until(lambda: _has_asked(build, '"expires":2'))
        time.sleep(3)
        host.start_worker()
        console = build.console()

    assert "ERROR: no worker took the request in time" in console, console
    assert [deployment.ref for deployment in host.store.history("hello")] == ["v1"]


def test_an_abort_before_any_worker_has_answered_finds_what_was_asked_for(linter: Path, host: Host) -> None:
    host.configure(attempts=100)
    host.kill_worker()
    with Flower(host, "--allow-requests") as flower:
        build = _by_flower(linter, host, flower, "deaf")
        host.wait_until(lambda: _has_asked(build, '"kwargs"'))
        time.sleep(2)
        build.abort("abort")
        host.wait_until(lambda: not (build.folder / "abort").exists())
        host.start_worker()
        console = build.console()

    assert "Finished: ABORTED" in console and "aborted: " in console, console
    assert host.store.history("hello")[-1].state is State.ABORTED


def test_a_wrong_password_fails_the_build_and_says_what_to_look_at(linter: Path, host: Host) -> None:
    with Flower(host, "--allow-requests") as flower:
        console = _by_flower(linter, host, flower, "v2", FLOWER=f"{USER}:wrong").console()

    assert "Finished: FAILURE" in console and "401: it does not know the credential" in console, console


def test_a_flower_that_only_shows_says_so_itself(linter: Path, host: Host) -> None:
    with Flower(host) as flower:
        console = _by_flower(linter, host, flower, "v2").console()

    assert (
        "Flower says: Read only mode is enabled" in console and "403: start it with --allow-requests" in console
    ), console


def test_on_windows_the_same_requests_are_sent_and_a_long_name_is_cut(linter: Path, host: Host) -> None:
    with Flower(host, "--allow-requests") as flower:
        console = _by_flower(linter, host, flower, "v2", AGENT="windows", JOB_NAME="folder/" * 40).console()

    assert "[bat] @curl " in console and '--user "%FLOWER%" "%FLOWER_URL%/api/task/async-apply' in console
    assert "Finished: SUCCESS" in console and PASSWORD not in console, console
    live = host.store.live("hello")
    assert live is not None and live.requested_by.endswith("folder/ #12") and len(live.requested_by) == 200
