"""The load, against servers that treat their users badly."""

import json
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from bluegreen.deployment.errors import BlueGreenError
from cli.demo.load import is_dropped
from cli.demo.traffic import Traffic
from tests.cli.demo.server import Serve, Server, answer, cut_the_second, refuse, send_half, serving

pytestmark = pytest.mark.real


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
        early = traffic.answers()
        traffic.check()
        traffic.finish()
        late = traffic.answers()
        with pytest.raises(BlueGreenError, match="the load does not run"):
            traffic.check()

    assert 0 < len(early) <= len(late) == server.requests
    assert {(each.color, each.version, each.dropped) for each in late} == {("blue", "v1", False)}


def wait_until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not true():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.01)
