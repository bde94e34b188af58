"""The load, against servers that treat their users badly."""

import json
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from cli.demo.load import is_dropped
from cli.demo.traffic import Traffic
from deployment.errors import BlueGreenError

pytestmark = pytest.mark.real

BODY = b'{"color": "blue", "version": "v1"}'
GOOD = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(BODY), BODY)
Serve = Callable[[socket.socket, bytes, int], bool]


class Server:
    """Answers each request by `serve` (connection, request, its number on this connection) → keep it?"""

    def __init__(self, serve: Serve) -> None:
        self.serve = serve
        self.requests = 0
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.listener.getsockname()[1]}/"
        self._threads = [threading.Thread(target=self._accept)]
        self._threads[0].start()

    def close(self) -> None:
        self.listener.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(10)
        self.listener.close()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            self._threads.append(threading.Thread(target=self._talk, args=(connection,)))
            self._threads[-1].start()

    def _talk(self, connection: socket.socket) -> None:
        with connection:
            connection.settimeout(10)
            number, kept = 0, True
            while kept and (request := connection.recv(4096)):
                number, self.requests = number + 1, self.requests + 1
                kept = self.serve(connection, request, number)


@contextmanager
def serving(serve: Serve) -> Iterator[Server]:
    server = Server(serve)
    try:
        yield server
    finally:
        server.close()


def answer(connection: socket.socket, request: bytes, number: int) -> bool:
    connection.sendall(GOOD)
    return b"keep-alive" in request


def cut_the_second(connection: socket.socket, request: bytes, number: int) -> bool:
    return number == 1 and answer(connection, request, number)


def send_half(connection: socket.socket, request: bytes, number: int) -> bool:
    connection.sendall(GOOD[:-5])
    return False


def refuse(connection: socket.socket, request: bytes, number: int) -> bool:
    connection.sendall(b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n")
    return b"keep-alive" in request


def loaded(server: Server, folder: Path, seconds: float = 1.0) -> list[dict[str, Any]]:
    """The lines of a load that ran on this server for so long."""
    out = folder / "load.jsonl"
    command = [sys.executable, "-m", "cli.demo.load", "--url", server.url, "--out", str(out)]
    with subprocess.Popen(command, stdin=subprocess.PIPE) as process:
        wait_until(lambda: server.requests > 0)
        time.sleep(seconds)
        process.communicate(timeout=15)
    assert process.returncode == 0
    return [json.loads(line) for line in out.read_text().splitlines()]


def wait_until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not true():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.01)


def test_a_kept_connection_that_is_cut_is_a_dropped_request_and_is_not_tried_again(tmp_path: Path) -> None:
    with serving(cut_the_second) as server:
        lines = loaded(server, tmp_path)

    dropped = [line for line in lines if is_dropped(line)]
    assert dropped and all(line["kept"] for line in dropped)
    assert {line["error"].partition(":")[0] for line in dropped} <= {"RemoteDisconnected", "ConnectionResetError"}
    assert server.requests == len(lines)


def test_good_answers_are_good_whatever_the_connection(tmp_path: Path) -> None:
    with serving(answer) as server:
        lines = loaded(server, tmp_path)

    assert [line for line in lines if is_dropped(line)] == []
    assert {line["kept"] for line in lines} == {True, False}
    assert {(line["color"], line["version"]) for line in lines} == {("blue", "v1")}
    slow = [line for line in lines if line["path"].startswith("/slow")]
    assert len(slow) == pytest.approx(len(lines) / 20, abs=1)


@pytest.mark.parametrize(("serve", "error"), [(send_half, "IncompleteRead"), (refuse, "502 Bad Gateway")])
def test_half_an_answer_and_an_error_page_are_dropped_requests(tmp_path: Path, serve: Serve, error: str) -> None:
    with serving(serve) as server:
        lines = loaded(server, tmp_path, 0.3)

    assert lines and all(is_dropped(line) and error in line["error"] for line in lines)


def test_a_slow_site_does_not_slow_its_users_down(tmp_path: Path) -> None:
    def answer_slowly(connection: socket.socket, request: bytes, number: int) -> bool:
        time.sleep(0.3)
        return answer(connection, request, number)

    with serving(answer_slowly) as server:
        lines = loaded(server, tmp_path, 1.0)

    sent = sorted(line["time"] for line in lines)
    assert len(lines) / (sent[-1] - sent[0]) == pytest.approx(100, rel=0.2)


def test_traffic_reads_while_the_load_writes_and_knows_when_it_is_gone(tmp_path: Path) -> None:
    with serving(answer) as server, closing(Traffic(server.url, tmp_path)) as traffic:
        traffic.start()
        wait_until(lambda: len(traffic.answers()) > 10)
        early = traffic.answers()
        traffic.check()
        traffic.finish()
        late = traffic.answers()
        with pytest.raises(BlueGreenError, match="the load does not run"):
            traffic.check()

    assert 0 < len(early) <= len(late) == server.requests
    assert {(each.color, each.version, each.dropped) for each in late} == {("blue", "v1", False)}
