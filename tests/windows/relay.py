"""The Linux half of the tests' docker.exe (docker.c): runs the real `docker` for it."""

import os
import select
import socketserver
import struct
import subprocess
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import PureWindowsPath


class Relay:
    """Open while the `with` block runs, on a free `port` of loopback."""

    def __enter__(self) -> "Relay":
        self._server = _Server(("127.0.0.1", 0), _Call)
        self.port = int(self._server.server_address[1])
        threading.Thread(target=self._server.serve_forever, args=(0.1,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    @property
    def calls(self) -> list[tuple[list[str], int | None]]:
        """The arguments of each call so far, and how it ended; None while it runs."""
        return [(process.args[1:], process.poll()) for process in self._server.called]


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True

    def __init__(self, *arguments: object) -> None:
        self.called: list[subprocess.Popen[bytes]] = []
        super().__init__(*arguments)


class _Call(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        texts = self._texts()
        arguments = [_argument(next(texts)) for _ in range(int(next(texts)))]
        folder = linux_path(next(texts))
        sent = dict(text.split("=", 1) for text in texts if not text.startswith("="))
        given = self.rfile.read(*struct.unpack(">I", self.rfile.read(4)))
        with subprocess.Popen(
            ["docker", *arguments],
            cwd=folder,
            # What both sides have, PATH first of all, is the Linux side's.
            env={**{name: value for name, value in sent.items() if "\\" not in value}, **os.environ},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        ) as process:
            self.server.called.append(process)
            threading.Thread(target=_give, args=(process, given), daemon=True).start()
            try:
                self._bring_back(process)
            except OSError:
                process.kill()  # docker.exe is gone

    def _texts(self) -> Iterator[str]:
        """What docker.c sends: texts with a 0 after each, an empty one at the end."""
        data = bytearray()
        while byte := self.rfile.read(1):
            if byte != b"\0":
                data += byte
            elif data:
                yield data.decode("utf-8")
                data.clear()
            else:
                return

    def _bring_back(self, process: "subprocess.Popen[bytes]") -> None:
        assert process.stdout is not None and process.stderr is not None
        kinds = {process.stdout.fileno(): b"o", process.stderr.fileno(): b"e"}
        while kinds:
            for each in select.select([*kinds, self.connection], [], [])[0]:
                if each is self.connection:
                    raise ConnectionResetError
                if data := os.read(each, 65536):
                    self._send(kinds[each], data)
                else:
                    del kinds[each]
        self._send(b"x", str(process.wait()).encode() + b"\0")

    def _send(self, kind: bytes, data: bytes) -> None:
        self.connection.sendall(kind + struct.pack(">I", len(data)) + data)


def _give(process: "subprocess.Popen[bytes]", given: bytes) -> None:
    assert process.stdin is not None
    with suppress(OSError), process.stdin:  # it may not read all of it
        process.stdin.write(given)


def _argument(text: str) -> str:
    """Of those that are a path of Wine's the path here."""
    return linux_path(text) if text.startswith("Z:\\") else text


def linux_path(path: str) -> str:
    """What Wine calls Z:\\ is the root of this machine."""
    parts = PureWindowsPath(path)
    assert parts.drive == "Z:", f"{path} is not on Z:"
    return "/" + "/".join(parts.parts[1:])
