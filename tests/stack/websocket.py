"""A small WebSocket client (RFC 6455): text messages, and what the other side says when it ends."""

import base64
import os
import socket
import struct
from urllib.parse import urlsplit

TEXT, CLOSE = 1, 8


class Closed(Exception):
    """The other side said good-bye, with this code."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


class WebSocket:
    """One connection. OSError or EOFError: it was cut, without a good-bye."""

    def __init__(self, url: str, timeout: float = 5) -> None:
        parts = urlsplit(url)
        self._socket = socket.create_connection((parts.hostname or "", parts.port or 80), timeout)
        self._in = self._socket.makefile("rb")
        key = base64.b64encode(os.urandom(16)).decode()
        lines = (
            "GET /echo HTTP/1.1",
            f"Host: {parts.netloc}",
            "Upgrade: websocket",
            "Connection: Upgrade",
            f"Sec-WebSocket-Key: {key}",
            "Sec-WebSocket-Version: 13",
        )
        self._socket.sendall("\r\n".join((*lines, "", "")).encode())
        status = self._in.readline()
        while self._in.readline().strip():
            pass
        if b" 101 " not in status:
            self.close()
            raise EOFError(f"no WebSocket: {status!r}")

    def echo(self, text: str) -> str:
        """Send a message and return the answer to it."""
        self._send(TEXT, text.encode())
        return self._receive()

    def leave(self) -> None:
        """Say good-bye and wait for the answer to it."""
        try:
            self._send(CLOSE, struct.pack(">H", 1000))
            self._receive()
        except Closed:
            pass
        finally:
            self.close()

    def close(self) -> None:
        self._in.close()
        self._socket.close()

    def _send(self, kind: int, content: bytes) -> None:
        mask = os.urandom(4)
        masked = bytes(byte ^ mask[index % 4] for index, byte in enumerate(content))
        self._socket.sendall(bytes((0x80 | kind, 0x80 | len(content))) + mask + masked)

    def _receive(self) -> str:
        while True:
            first, length = self._read(2)
            if length == 126:
                (length,) = struct.unpack(">H", self._read(2))
            content = self._read(length)
            if first & 15 == CLOSE:
                raise Closed(struct.unpack(">H", content[:2])[0] if content else 1005)
            if first & 15 == TEXT:
                return content.decode()

    def _read(self, count: int) -> bytes:
        content = self._in.read(count)
        if len(content) < count:
            raise EOFError("the connection was cut")
        return content
