"""One HTTP request as a user would make it, with an end to it and nothing thrown away of the answer."""

import socket
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, closing, suppress
from dataclasses import dataclass, field
from functools import partial
from http.client import HTTPConnection, HTTPException
from time import monotonic
from urllib.parse import urlsplit, urlunsplit

import requests

from bluegreen.system import certificates

#: bytes of a body that are read: enough for a message, and no stream can hold us
BODY_LIMIT = 4096
#: by which an access log parts our requests from the users'
USER_AGENT = "bluegreen"


@dataclass(frozen=True)
class Response:
    """What came back: a status and the beginning of a body, or the reason why nothing did."""

    status: int | None
    body: str
    seconds: float
    #: where a redirect leads
    location: str = ""
    #: by their names in lower case
    headers: Mapping[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        leads = f"it leads to {self.location[:300]}" if self.location else ""
        shown = " ".join([*self.body.split(), *leads.split()])[:600]
        return f"{self.status}: {shown}" if self.status is not None else shown


def get(url: str, timeout: float, host: str | None = None, headers: Mapping[str, str] | None = None) -> Response:
    """`ask` by GET."""
    return ask("GET", url, timeout, host, headers)


def ask(
    method: str,
    url: str,
    timeout: float,
    host: str | None = None,
    headers: Mapping[str, str] | None = None,
    most: int = BODY_LIMIT,
) -> Response:
    """Ask without following redirects and without the proxies of the environment; never raises for the network.

    `host`: the name of the site, whatever the url names: the Host header, and by https also what the certificate
    must be for. `most`: bytes of the body that are read.
    """
    started = monotonic()
    sent = {"Connection": "close", "User-Agent": USER_AGENT, **(headers or {})} | ({"Host": host} if host else {})
    try:
        with requests.Session() as session:
            session.trust_env = False
            if url.startswith("https:"):
                session.mount("https://", certificates.Adapter(host))
            with session.request(
                method, url, headers=sent, timeout=timeout, allow_redirects=False, stream=True
            ) as response:
                body = beginning(response, started + timeout, most).decode("utf-8", "replace")
                location = response.headers.get("Location", "") if response.is_redirect else ""
                answered = {name.lower(): value for name, value in response.headers.items()}
                return Response(response.status_code, body, monotonic() - started, location, answered)
    except (requests.RequestException, OSError) as error:
        return Response(None, reason(error), monotonic() - started)
    except Exception as error:  # urllib3 raises its own errors from raw.read
        return Response(None, reason(error), monotonic() - started)


def bodies_at_once(url: str, count: int, timeout: float, host: str) -> list[str]:
    """What that many GETs are answered whose connections are made at the same moment, before the first one asks.

    A server of several processes answers with more than one of them: of connections that come one after the other,
    be it by a millisecond, a process that has nothing to do takes each. Nothing once the network fails; https,
    and a url with a user, is asked once.
    """
    parts, deadline = urlsplit(url), monotonic() + timeout
    headers = {"Host": host, "User-Agent": USER_AGENT, "Connection": "close"}
    target = urlunsplit(("", "", parts.path or "/", parts.query, ""))
    if parts.scheme != "http" or parts.username:
        return [get(url, timeout, host).body]
    bodies = []
    with ExitStack() as made, suppress(OSError, HTTPException):
        connections = [
            made.enter_context(closing(HTTPConnection(parts.netloc, timeout=timeout))) for _ in range(count)
        ]
        _connect(connections, timeout)
        for connection in connections:
            connection.request("GET", target, headers=headers)
        for connection in connections:
            read = partial(connection.getresponse().read1, BODY_LIMIT)
            bodies.append(_beginning(read, deadline).decode("utf-8", "replace"))
    return bodies


def _connect(connections: Sequence[HTTPConnection], timeout: float) -> None:
    """The first finds the address; none of the others waits for the one before it."""
    first, *others = connections
    first.connect()
    for other in others:
        other.sock = socket.socket(first.sock.family)
        other.sock.setblocking(False)
        other.sock.connect_ex(first.sock.getpeername())
    for other in others:
        other.sock.settimeout(timeout)  # what is sent now waits for the connection


def beginning(response: requests.Response, deadline: float, most: int = BODY_LIMIT) -> bytes:
    """What of the body arrives in time. Byte by byte: a longer read waits until it has all that it asked for,
    and a stream that sends a little now and then would hold us as long as it likes."""
    return _beginning(lambda: bytes(response.raw.read(1, decode_content=True)), deadline, most)


def _beginning(read: Callable[[], bytes], deadline: float, most: int = BODY_LIMIT) -> bytes:
    body = bytearray()
    while len(body) < most and monotonic() < deadline and (piece := read()):
        body += piece
    return bytes(body)


def reason(error: BaseException) -> str:
    """The innermost cause: the wrappers around it only repeat the URL."""
    while (inner := error.__cause__ or error.__context__) is not None:
        error = inner
    return f"{type(error).__name__}: {error}"
