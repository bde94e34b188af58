"""Probes at a steady rate, on a real server."""

import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from bluegreen.deployment.receipt import NO_ANSWER
from bluegreen.settings.service import HealthSettings
from bluegreen.traffic import prober
from bluegreen.traffic.prober import Prober

pytestmark = pytest.mark.real

HEALTH = HealthSettings(timeout=5)


class Site:
    """Answers with `status`, once `answers` is set; counts the requests that have come."""

    def __init__(self) -> None:
        self.status = 200
        self.answers = threading.Event()
        self.answers.set()
        self.came = threading.Semaphore(0)
        site = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                site.came.release()
                site.answers.wait(30)
                self.send_response(site.status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None: ...

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/"
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.01,))

    def wait_for(self, requests: int) -> None:
        for _ in range(requests):
            assert self.came.acquire(timeout=20)


@pytest.fixture
def site() -> Iterator[Site]:
    site = Site()
    site.thread.start()
    yield site
    site.answers.set()
    site.server.shutdown()
    site.thread.join()
    site.server.server_close()


def test_good_answers_are_counted_and_none_comes_after_the_end(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(prober, "GRACE", 20.0)
    with Prober(site.url, 50, HEALTH) as probing:
        site.wait_for(8)
    ended = probing.tally

    assert list(ended.answers) == ["unknown"] and ended.answers["unknown"]["200"] >= 4
    assert ended.failed == 0 and ended.slowest is not None
    assert probing.tally == ended
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("probe ")]


def test_a_bad_answer_is_a_failure(site: Site) -> None:
    site.status = 404

    with Prober(site.url, 50, HEALTH) as probing:
        site.wait_for(6)

    assert probing.tally.failed == probing.tally.total > 0


def test_nobody_there_is_a_failure() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        nobody = Prober(f"http://127.0.0.1:{taken.getsockname()[1]}/", 100, HEALTH)
        with nobody:
            while not nobody.tally.total:
                pass

    assert nobody.tally.answers["unknown"] == {NO_ANSWER: nobody.tally.failed}


def test_a_site_that_hangs_is_not_asked_more_and_more_nor_waited_for(site: Site) -> None:
    site.answers.clear()

    with Prober(site.url, 100, HEALTH) as hanging:
        site.wait_for(prober.THREADS)
        assert not site.came.acquire(timeout=0.2), "more requests wait at once than there are threads"

    assert hanging.tally.total == 0
    assert hanging.tally.longest_gap is not None and hanging.tally.longest_gap >= 0.2, "the silence was not seen"
