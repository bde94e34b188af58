"""A port of loopback that is the Docker Engine's socket, for programs under Wine, which know no such sockets."""

import socket
import socketserver
import threading
from types import TracebackType
from urllib.parse import urlsplit

import docker.constants


class EnginePort:
    """Open while the `with` block runs; `url` is for DOCKER_HOST."""

    def __enter__(self) -> "EnginePort":
        self._server = _Server(("127.0.0.1", 0), _Joined)
        self.url = f"tcp://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, args=(0.1,), daemon=True).start()
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self._server.shutdown()
        self._server.server_close()


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    block_on_close = False


class _Joined(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        with socket.socket(socket.AF_UNIX) as engine:
            engine.connect(urlsplit(docker.constants.DEFAULT_UNIX_SOCKET.replace("http+", "")).path)
            answers = threading.Thread(target=_copy, args=(engine, self.request))
            answers.start()
            _copy(self.request, engine)
            answers.join()


def _copy(source: socket.socket, target: socket.socket) -> None:
    """Until either side closes; the other one then learns of it."""
    try:
        while data := source.recv(65536):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)
    except OSError:
        source.close()
        target.close()
