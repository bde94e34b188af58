"""One request: its status and words, or the reason why there are none, and always an end to it."""

import gzip
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest

from bluegreen import http

pytestmark = pytest.mark.real

OK = b"HTTP/1.1 200 OK\r\n"


@contextmanager
def server(*pieces, pause=0.0, then_hang=False):
    """Answers each connection with the pieces, slowly if asked to; yields its url and the requests it saw."""
    requests, over = [], threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(0.1)

        def serve():
            while not over.is_set():
                try:
                    connection, _ = listener.accept()
                except TimeoutError:
                    continue
                with connection:
                    answer(connection)

        def answer(connection):
            try:
                requests.append(connection.recv(65536).decode())
                for piece in pieces:
                    connection.sendall(piece)
                    over.wait(pause)
                if then_hang:
                    over.wait(30)
            except OSError:
                return

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}/", requests
        finally:
            over.set()
            thread.join()


def test_status_and_body_come_back():
    with server(OK + b"Content-Length: 5\r\n\r\nhello") as (url, _):
        answer = http.get(url, 5)

    assert (answer.status, answer.body, str(answer)) == (200, "hello", "200: hello")


def test_an_error_page_is_an_answer_and_a_redirect_is_not_followed():
    with server(b"HTTP/1.1 500 Oh\r\nContent-Length: 4\r\n\r\noops") as (url, _):
        assert str(http.get(url, 5)) == "500: oops"
    with server(b"HTTP/1.1 302 F\r\nLocation: /login\r\nContent-Length: 0\r\n\r\n") as (url, requests):
        assert http.get(url, 5).status == 302
    assert len(requests) == 1


def test_the_host_header_is_sent_where_it_is_asked_for():
    with server(OK + b"Content-Length: 0\r\n\r\n") as (url, requests):
        http.get(url, 5, host="app.example.org")

    assert "Host: app.example.org\r\n" in requests[0]


def test_the_environments_proxies_are_not_used(monkeypatch):
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    monkeypatch.delenv("no_proxy", raising=False)

    with server(OK + b"Content-Length: 2\r\n\r\nok") as (url, _):
        assert http.get(url, 5).status == 200


def test_a_refused_connection_is_told_in_a_few_words():
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        answer = http.get(f"http://127.0.0.1:{unused.getsockname()[1]}/", 5)

    assert answer.status is None
    assert "refused" in str(answer)


@pytest.mark.parametrize("said", [(), (OK,), (OK + b"Content-Length: 100\r\n\r\nhalf",)])
def test_a_server_that_falls_silent_does_not_hold_us(said):
    with server(*said, then_hang=True) as (url, _):
        answer = http.get(url, 0.3)

    assert answer.status is None
    assert answer.seconds < 5


def test_a_stream_that_never_ends_does_not_hold_us_and_its_status_counts():
    with server(OK + b"\r\n", *[b"x"] * 1000, pause=0.05) as (url, _):
        began = time.monotonic()
        answer = http.get(url, 0.5)

    assert answer.status == 200
    assert set(answer.body) == {"x"}
    assert time.monotonic() - began < 5


def test_of_a_long_body_only_the_beginning_is_read():
    with server(OK + b"\r\n" + b"y" * 100_000) as (url, _):
        assert len(http.get(url, 5).body) == http.BODY_LIMIT


def test_a_compressed_or_chunked_body_is_readable():
    packed = gzip.compress(b"packed words")
    head = OK + b"Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(packed)
    with server(head + packed) as (url, _):
        assert http.get(url, 5).body == "packed words"
    with server(OK + b"Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n") as (url, _):
        assert http.get(url, 5).body == "abcde"


@pytest.mark.parametrize("noise", [b"", b"SSH-2.0-OpenSSH_9\r\n", OK + b"Content-Encoding: gzip\r\n\r\nnot gzip"])
def test_what_is_no_answer_never_raises(noise):
    with server(noise) as (url, _):
        answer = http.get(url, 2)

    assert answer.status is None
    assert answer.body


def test_several_connections_are_all_made_before_one_asks():
    with socket.create_server(("127.0.0.1", 0)) as listener, ThreadPoolExecutor() as pool:
        listener.settimeout(10)
        url = f"http://127.0.0.1:{listener.getsockname()[1]}/status?of=web"
        asking = pool.submit(http.bodies_at_once, url, 3, 10, "web.bluegreen")
        connections = [listener.accept()[0] for _ in range(3)]
        for connection in connections:
            asked = connection.recv(65536)
            assert b"GET /status?of=web" in asked and b"Host: web.bluegreen" in asked
        for number, connection in enumerate(connections):
            with connection:
                connection.sendall(OK + b"Content-Length: 1\r\n\r\n%d" % number)

        assert asking.result(10) == ["0", "1", "2"]


@pytest.mark.parametrize("said", [(), (b"SSH-2.0-OpenSSH_9\r\n",), (OK + b"\r\n", *[b"x"] * 1000)])
def test_several_connections_come_to_an_end_whatever_is_answered(said):
    with server(*said, pause=0.05, then_hang=True) as (url, _):
        began = time.monotonic()
        http.bodies_at_once(url, 2, 0.3, "web.bluegreen")

    assert time.monotonic() - began < 5


def test_several_connections_to_nothing_have_no_answer():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]

    assert http.bodies_at_once(f"http://127.0.0.1:{port}/", 2, 1, "web.bluegreen") == []
