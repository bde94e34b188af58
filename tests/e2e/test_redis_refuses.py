"""A Redis that is there and refuses: the worker lives on, and everybody is told by Redis's own word."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from bluegreen.store import workers
from bluegreen.store.refusals import ADVICE
from cli.demo.servers import Server
from tests import refusals
from tests.e2e.host import Host
from tests.own_redis import OwnRedis
from tests.refusals import Refusal

pytestmark = [pytest.mark.real, pytest.mark.timeout(180)]

#: a Celery whose main loop ends by a fault of its own
FAULTY = """
import sys
from celery.worker.consumer import Consumer
from bluegreen.__main__ import main

def start(self):
    raise RuntimeError("a fault of https://me:s3cret@host/hook?token=s3cret")

Consumer.start = start
sys.argv[1:] = ["worker"]
main()
"""


def one_of_many(*refusals: Refusal) -> Iterator[object]:
    return (pytest.param(each, marks=pytest.mark.long) for each in refusals)


@pytest.fixture
def host(tmp_path: Path, own_redis: OwnRedis) -> Iterator[Host]:
    (tmp_path / "host").mkdir()
    with Host(tmp_path / "host", own_redis.url) as host:
        host.start_nginx()
        yield host


def start_worker(host: Host) -> Server:
    """One that has not announced itself yet."""
    worker = Server([sys.executable, "-m", "bluegreen", "worker"], host.folder / "worker.log", host.env)
    worker.start()
    host.workers.append(worker)
    return worker


@pytest.mark.parametrize(
    "refusal",
    [
        refusals.MISCONF,
        *one_of_many(
            refusals.READONLY,
            refusals.OOM,
            refusals.NOREPLICAS,
            refusals.MASTERDOWN,
            refusals.BUSY,
            refusals.NOAUTH,
        ),
    ],
    ids=str,
)
def test_an_idle_worker_lives_on(host: Host, own_redis: OwnRedis, refusal: Refusal) -> None:
    worker = host.start_worker()
    assert worker.process is not None
    with refusal.of(own_redis.url, own_redis.folder):
        host.wait_until(lambda: refusal.word in worker.log.read_text())
        refused = host.bluegreen("deploy", "hello", "--ref", "v1")
        assert refused.returncode == 2 and f"refuses: {refusal.word}" in refused.stderr, refused.stderr
        looked = host.bluegreen("doctor")
        assert looked.returncode == 2 and f"refuses: {refusal.word}" in looked.stdout, looked.stdout

    assert host.deploy("v2")[0] == 0
    assert worker.process.poll() is None and "Unrecoverable" not in worker.log.read_text()


@pytest.mark.parametrize("refusal", [refusals.OOM, *one_of_many(refusals.MISCONF, refusals.READONLY)], ids=str)
def test_a_worker_starts_meanwhile(host: Host, own_redis: OwnRedis, refusal: Refusal) -> None:
    with refusal.of(own_redis.url, own_redis.folder):
        worker = start_worker(host)
        host.wait_until(
            lambda: f"Cannot connect to redis://***@127.0.0.1:{own_redis.port}" in worker.log.read_text()
        )
        assert refusal.word in worker.log.read_text()

    host.wait_until(lambda: bool(workers.alive(host.redis)))
    assert host.deploy("v1")[0] == 0


def test_one_that_still_reads_its_data_is_named_by_all_and_waited_for_by_a_worker(
    host: Host, own_redis: OwnRedis
) -> None:
    worker = host.start_worker()
    assert worker.process is not None
    with own_redis.loading():
        assert_all_name(host, "LOADING", ("deploy", "hello", "--ref", "v1"), ("doctor",))
        other = start_worker(host)
        host.wait_until(lambda: "LOADING" in (text := other.log.read_text()) and "it is waited for" in text)

    assert host.deploy("v1")[0] == 0
    host.wait_until(lambda: " ready." in other.log.read_text())
    assert worker.process.poll() is None and "Unrecoverable" not in worker.log.read_text()


def test_a_cluster_is_refused_by_all_whether_or_not_it_serves(tmp_path: Path) -> None:
    (tmp_path / "host").mkdir()
    with (
        OwnRedis(tmp_path / "redis", "--cluster-enabled", "yes") as cluster,
        Host(tmp_path / "host", cluster.url) as host,
    ):
        for command in (("deploy", "hello", "--ref", "v1"), ("doctor",), ("worker",)):
            ended = host.bluegreen(*command)
            shown = ended.stdout + ended.stderr
            assert ended.returncode == 2 and "is a Redis Cluster" in shown, (command, shown)
            assert "name a Redis that stands alone" in shown, (command, shown)


def assert_all_name(host: Host, word: str, *commands: tuple[str, ...]) -> None:
    """Each command says the refusal and what to do about it."""
    for command in commands:
        ended = host.bluegreen(*command)
        shown = ended.stdout + ended.stderr
        assert ended.returncode == 2 and f"refuses: {word} " in shown, (command, shown)
        assert ADVICE[word] in shown, (command, shown)


def test_a_worker_that_shall_end_meanwhile_ends(host: Host, own_redis: OwnRedis) -> None:
    worker = host.start_worker()
    assert worker.process is not None
    with refusals.MISCONF.of(own_redis.url, own_redis.folder):
        host.wait_until(lambda: "MISCONF" in worker.log.read_text())
        os.kill(worker.process.pid, signal.SIGTERM)

        assert worker.process.wait(30) == 0, worker.log.read_text()


def test_a_user_who_may_not_write_is_told_so(host: Host) -> None:
    host.redis.execute_command("ACL", "SETUSER", "reader", "on", ">secret", "~*", "+@read", "+@fast", "-@write")
    host.env["BLUEGREEN_REDIS_URL"] = host.env["BLUEGREEN_REDIS_URL"].replace("redis://", "redis://reader:secret@")

    assert "this Redis user may not write" in host.bluegreen("doctor", config=False).stdout


def test_what_doctor_writes_is_gone_afterwards(host: Host) -> None:
    assert "redis: writes: are taken" in host.bluegreen("doctor", config=False).stdout

    assert host.redis.keys("*") == []


def test_a_worker_that_ends_by_a_fault_says_so_by_its_status_and_no_secret_in_its_log(host: Host) -> None:
    ended = subprocess.run(
        [sys.executable, "-c", FAULTY], env={**os.environ, **host.env}, capture_output=True, text=True, timeout=60
    )

    assert ended.returncode == 4 and "without SIGTERM or Ctrl-C" in ended.stderr, ended.stderr
    assert "RuntimeError: a fault of https://***@host/hook?token=***" in ended.stderr, ended.stderr
    assert "s3cret" not in ended.stderr + ended.stdout
