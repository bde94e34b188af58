"""A tiny server that treats its users as the test wants."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

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
