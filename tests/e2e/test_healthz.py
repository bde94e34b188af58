"""Whoever looks after a host's processes sees whether a worker works: by /healthz, and by systemd."""

import json
import signal
import socket
from collections.abc import Iterator
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest

from cli.demo.servers import Server, free_port
from tests.e2e.host import COMMAND, Host
from tests.own_redis import OwnRedis

pytestmark = pytest.mark.real


@pytest.fixture
def systemd(tmp_path: Path) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as receiver:
        receiver.bind(str(tmp_path / "notify"))
        receiver.settimeout(30)
        yield receiver


def await_word(systemd: socket.socket, word: str) -> None:
    while systemd.recv(1000).decode() != word:
        pass


def ask(port: int, path: str = "healthz") -> tuple[int, dict[str, object]]:
    try:
        with urlopen(f"http://127.0.0.1:{port}/{path}", timeout=5) as answer:
            return answer.status, json.load(answer)
    except HTTPError as error:
        return error.code, json.load(error) if error.code == 503 else {}


def test_a_worker_says_whether_it_works(tmp_path: Path, own_redis: OwnRedis, systemd: socket.socket) -> None:
    (tmp_path / "host").mkdir()
    port = free_port()
    with Host(tmp_path / "host", own_redis.url, [*COMMAND]) as host:
        worker = Server(
            [*COMMAND, "worker", "--healthz", f"127.0.0.1:{port}"],
            host.folder / "worker.log",
            {**host.env, "NOTIFY_SOCKET": str(tmp_path / "notify")},
        )
        with worker:
            await_word(systemd, "READY=1")
            host.wait_until(lambda: ask(port)[0] == 200)
            assert ask(port)[1]["services"] == ["hello"] and ask(port, "else")[0] == 404

            own_redis.end(signal.SIGTERM)
            host.wait_until(lambda: ask(port)[0] == 503)
            assert "Connection refused" in str(ask(port)[1]["problem"])
            await_word(systemd, "WATCHDOG=1")  # to start it again would not help

            own_redis.start()
            host.wait_until(lambda: ask(port)[0] == 200)
            worker.process.terminate()  # type: ignore[union-attr]
            await_word(systemd, "STOPPING=1")

        taken = host.bluegreen("worker", "--healthz", f"127.0.0.1:{own_redis.port}")
        assert taken.returncode == 2 and "cannot be answered" in taken.stderr
        assert host.bluegreen("worker", "--healthz", "8090").returncode == 2


def test_so_does_a_beat(quiet_host: Host, systemd: socket.socket) -> None:
    env = {**quiet_host.env, "NOTIFY_SOCKET": str(systemd.getsockname())}
    with Server([*COMMAND, "beat"], quiet_host.folder / "beat.log", env):
        await_word(systemd, "READY=1")
        await_word(systemd, "WATCHDOG=1")
