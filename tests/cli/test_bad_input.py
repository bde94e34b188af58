"""Bad input is refused in a line or two, with exit status 2, before anything is changed."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from bluegreen.store import owners, workers
from bluegreen.store.deployments import Store
from cli.demo.servers import free_port
from tests.attended import attended
from tests.cli.here import bluegreen
from tests.here import HERE

pytestmark = pytest.mark.real

CONFIG = """
[services.hello]
[services.hello.ports]
blue = 8000
green = 8001
[services.hello.processes]
command = ["true"]
[[services.hello.proxies]]
conf = "nginx.conf"
file = "upstream.inc"
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "bluegreen.toml").write_text(CONFIG)
    return tmp_path


def test_an_unknown_key_is_one_line_with_its_path(folder: Path) -> None:
    file = folder / "bluegreen.toml"
    file.write_text(CONFIG + "[services.hello.drian]\ntimeout = 3\n")

    for command in (("deploy", "hello"), ("plan", "hello"), ("worker",), ("status",)):
        ended = bluegreen(folder, *command)
        assert ended.returncode == 2
        assert ended.stderr == f"bluegreen: {file}: services.hello.drian: unknown key; did you mean drain?\n"


def test_redis_away_is_said_at_once_and_without_the_password(folder: Path) -> None:
    url = f"redis://:secret@127.0.0.1:{free_port()}/0"

    for command in (("deploy", "hello"), ("status",), ("history", "hello"), ("worker",)):
        ended = bluegreen(folder, *command, BLUEGREEN_REDIS_URL=url)
        assert ended.returncode == 2, ended.stderr
        assert "secret" not in ended.stderr and "does not answer" in ended.stderr
        assert "***@127.0.0.1" in ended.stderr and "Traceback" not in ended.stderr


@pytest.mark.parametrize("url", ["localhost", "unix:///run/redis.sock", "redis://:pw@[::1/0", "redis://x/0?a=b"])
def test_an_url_that_is_none_is_refused(folder: Path, url: str) -> None:
    ended = bluegreen(folder, "status", BLUEGREEN_REDIS_URL=url)

    assert ended.returncode == 2 and "is not a Redis URL" in ended.stderr, ended.stderr


def test_an_old_code_page_does_not_end_a_command(folder: Path, redis_url: str, redis: object) -> None:
    owners.settle(redis, HERE, ["hello"])
    Store(redis, HERE.id).create("hello", "me")

    ended = subprocess.run(
        [sys.executable, "-m", "bluegreen", "history", "hello"],
        cwd=folder,
        env={**os.environ, "BLUEGREEN_REDIS_URL": redis_url, "PYTHONIOENCODING": "cp1252"},
        capture_output=True,
        text=True,
        timeout=15,
    )

    assert ended.returncode == 0 and f"hello-{HERE.id}-1-" in ended.stdout


def test_a_lock_is_not_freed_when_nobody_answers(folder: Path, redis_url: str, redis: object) -> None:
    owners.settle(redis, HERE, ["hello"])
    deployment = Store(redis, HERE.id).create("hello", "me")

    ended = bluegreen(folder, "unlock", "hello", BLUEGREEN_REDIS_URL=redis_url)

    assert ended.returncode == 2 and "left as it is" in ended.stdout
    assert Store(redis, HERE.id).holder("hello") == deployment


def test_an_unknown_service_is_answered_with_the_known_ones(folder: Path, redis_url: str, redis: object) -> None:
    for command in ("deploy", "history", "status"):
        ended = bluegreen(folder, command, "helo", BLUEGREEN_REDIS_URL=redis_url)
        assert ended.returncode == 2 and "Known services: hello." in ended.stderr, command


def test_a_rollback_asks_the_workers_for_the_known_services(folder: Path, redis_url: str, redis: object) -> None:
    """It needs no config file."""
    workers.announce(redis, "w@host", HERE, ["hello"])

    ended = bluegreen(folder, "rollback", "helo", BLUEGREEN_REDIS_URL=redis_url)

    assert ended.returncode == 2 and "services with a worker: hello" in ended.stderr


def test_without_a_config_the_services_are_those_of_the_workers(
    tmp_path: Path, redis_url: str, redis: object
) -> None:
    assert "no worker is running" in bluegreen(tmp_path, "status", BLUEGREEN_REDIS_URL=redis_url).stdout
    workers.announce(redis, "w@host", HERE, ["web"])

    assert "workers: w@host" in bluegreen(tmp_path, "status", BLUEGREEN_REDIS_URL=redis_url).stdout
    ended = bluegreen(tmp_path, "deploy", "wob", BLUEGREEN_REDIS_URL=redis_url)
    assert ended.returncode == 2 and "services with a worker: web" in ended.stderr


def test_no_worker_is_said_and_no_message_left_behind(folder: Path, redis_url: str, redis: object) -> None:
    ended = bluegreen(folder, "deploy", "hello", BLUEGREEN_REDIS_URL=redis_url)

    assert ended.returncode == 2 and "no worker is running for hello" in ended.stderr
    assert redis.keys("*") == []


@pytest.mark.parametrize("ref", ["--upload-pack=touch x", "../x", "a b", "a\nb", "", "a..b", "-x", "$(x)", "a;b"])
def test_a_ref_that_is_none_is_refused_before_it_goes_anywhere(folder: Path, ref: str) -> None:
    ended = bluegreen(folder, "deploy", "hello", f"--ref={ref}")

    assert ended.returncode == 2 and "is refused" in ended.stderr


def test_an_unknown_deployment_is_refused(folder: Path, redis_url: str) -> None:
    for command in ("show", "watch", "abort"):
        ended = bluegreen(folder, command, "nope", BLUEGREEN_REDIS_URL=redis_url)
        assert ended.returncode == 2 and "there is no deployment 'nope'" in ended.stderr
        ended = bluegreen(folder, command, "hello-1-aa:alive", BLUEGREEN_REDIS_URL=redis_url)
        assert ended.returncode == 2 and "is not a deployment id" in ended.stderr


def test_an_unknown_option_is_a_usage_error(folder: Path) -> None:
    assert bluegreen(folder, "deploy", "hello", "--now").returncode == 2


def test_a_named_config_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    ended = bluegreen(tmp_path, "--config", "other.toml", "status")

    assert ended.returncode == 2 and "other.toml" in ended.stderr


def test_a_rollback_with_nothing_before_is_refused(folder: Path, redis_url: str, redis: object) -> None:
    with attended(Store(redis), ["hello"]):
        ended = bluegreen(folder, "rollback", "hello", BLUEGREEN_REDIS_URL=redis_url)

    assert ended.returncode == 2 and "no release is known from before" in ended.stderr
