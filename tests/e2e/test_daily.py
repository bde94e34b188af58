"""What one looks at each day, on colours that are processes: their logs, what runs, and a command beside them."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from bluegreen.deployment.states import Color
from tests.e2e.host import COMMAND, Host

pytestmark = pytest.mark.real


@pytest.fixture
def live(host: Host) -> Host:
    """v2 is live on green; v1, on blue, is stopped."""
    assert host.deploy("v1")[0] == 0 and host.deploy("v2")[0] == 0
    return host


def log_of(host: Host, color: Color) -> Path:
    return host.state_of() / f"hello-{color}.log"


@contextmanager
def running(host: Host, *arguments: str) -> "Iterator[subprocess.Popen[str]]":
    env = {**os.environ, **host.env, "PYTHONUNBUFFERED": "1"}
    pipe = subprocess.PIPE
    # as in a terminal: what runs in the background of a shell ignores Ctrl-C, and so would the command
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    with subprocess.Popen([*COMMAND, *arguments], env=env, stdout=pipe, stderr=pipe, text=True) as process:
        signal.signal(signal.SIGINT, before)
        try:
            yield process
        finally:
            process.kill()


def read_until(process: "subprocess.Popen[str]", wanted: str) -> str:
    assert process.stdout is not None
    for line in process.stdout:
        if wanted in line:
            return line
    raise AssertionError(f"{wanted} did not come: {process.stderr and process.stderr.read()}")


def test_logs_are_of_the_live_colour_or_of_the_other(live: Host) -> None:
    log_of(live, Color.BLUE).write_text("blue says this\n")
    log_of(live, Color.GREEN).write_text("one\n\x1b[31mtwo\x1b[0m redis://:secret@host/0\nthree\n")

    shown = live.bluegreen("logs", "hello", "--lines", "2")
    assert (shown.returncode, shown.stdout) == (0, "two redis://***@host/0\nthree\n"), shown.stderr
    assert live.bluegreen("logs", "--old").stdout == "blue says this\n"


def test_following_shows_what_comes_and_ends_quietly_by_ctrl_c(live: Host) -> None:
    log = log_of(live, Color.GREEN)
    log.write_text("first\n")
    with running(live, "logs", "--follow") as following:
        read_until(following, "first")
        with log.open("a") as more:
            more.write("second\n")
        read_until(following, "second")
        following.send_signal(signal.SIGINT)
        _, errors = following.communicate(timeout=10)

    assert following.returncode == 130 and errors == ""


def test_a_reader_that_goes_ends_it_though_nothing_comes(live: Host) -> None:
    log_of(live, Color.GREEN).write_text("first\n")
    with running(live, "logs", "--follow") as following:
        read_until(following, "first")
        assert following.stdout is not None and following.stderr is not None
        following.stdout.close()
        assert following.wait(10) == 130
        assert following.stderr.read() == ""


def test_following_ends_with_the_version(live: Host) -> None:
    with running(live, "logs", "--follow", "--old") as following:
        assert following.wait(10) == 0


def test_a_command_runs_with_the_environment_of_the_live_process(live: Host) -> None:
    code = "import os, sys; print(os.environ['PORT'], os.environ.get('BLUEGREEN_STATE'), os.getcwd()); sys.exit(7)"

    ended = live.bluegreen("exec", "hello", "--", sys.executable, "-c", code)

    assert ended.stdout.split() == [str(live.ports["green"]), "None", str(live.folder)], ended.stderr
    assert ended.returncode == 7
    assert live.bluegreen("exec", "--old", "--", "true").returncode == 4
    absent = live.bluegreen("exec", "--", "no-such-program")
    assert absent.returncode == 127 and "no-such-program" in absent.stderr


def test_ps_says_what_runs_on_each_colour(live: Host) -> None:
    blue, green = json.loads(live.bluegreen("ps", "--json").stdout)

    assert (blue["live"], blue["running"], blue["release"], blue["health"]) == (False, False, "v1", None)
    assert (green["live"], green["running"], green["release"]) == (True, True, "v2")
    assert green["health"].startswith("healthy") and green["address"] == f"127.0.0.1:{live.ports['green']}"
    head, *lines = live.bluegreen("ps", "hello").stdout.splitlines()
    assert "what runs" in head and "idle" in lines[0] and " s ago" in lines[1] and "live" in lines[1]


def test_they_need_no_redis(live: Host, tmp_path: Path) -> None:
    live.env["BLUEGREEN_REDIS_URL"] = "redis://127.0.0.1:1/0"

    assert "live" in live.bluegreen("ps", "hello").stdout
    assert live.bluegreen("logs", "hello").returncode == 0
    assert live.bluegreen("exec", "hello", "--", "true").returncode == 0


def test_before_a_deployment_there_is_nothing_to_show(host: Host) -> None:
    for command in (("logs", "hello"), ("exec", "hello", "--", "true")):
        ended = host.bluegreen(*command)
        assert ended.returncode == 2 and "nothing of hello is live" in ended.stderr
    assert host.bluegreen("ps").stdout.count("idle") == 2


def test_a_client_is_sent_to_the_deploy_host(host: Host) -> None:
    for command in (("logs", "hello"), ("exec", "hello", "--", "true"), ("ps",)):
        ended = host.bluegreen(*command, config=False)
        assert ended.returncode == 2 and "there is no config file here" in ended.stderr, command


def test_a_command_that_is_not_there_is_asked_for(host: Host) -> None:
    ended = host.bluegreen("exec", "hello", "ls")
    assert ended.returncode == 2 and "write the command after --" in ended.stderr
