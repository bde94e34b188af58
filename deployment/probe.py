"""One HTTP request as a user would make it, with an end to it and nothing thrown away of the answer."""

from dataclasses import dataclass
from time import monotonic

import requests

#: bytes of a body that are read: enough for a message, and no stream can hold us
BODY_LIMIT = 4096
#: by which an access log tells our requests from the users'
USER_AGENT = "bluegreen"


@dataclass(frozen=True)
class Answer:
    """What came back: a status and the beginning of a body, or the reason why nothing did."""

    status: int | None
    body: str
    seconds: float

    def __str__(self) -> str:
        shown = " ".join(self.body.split())[:300]
        return f"{self.status}: {shown}" if self.status is not None else shown


def get(url: str, timeout: float, host: str | None = None) -> Answer:
    """GET without following redirects and without the proxies of the environment; never raises for the network."""
    started = monotonic()
    headers = {"Connection": "close", "User-Agent": USER_AGENT} | ({"Host": host} if host else {})
    try:
        with requests.Session() as session:
            session.trust_env = False
            with session.get(
                url, headers=headers, timeout=timeout, allow_redirects=False, stream=True
            ) as response:
                body = beginning(response, started + timeout)
                return Answer(response.status_code, body.decode("utf-8", "replace"), monotonic() - started)
    except (requests.RequestException, OSError) as error:
        return Answer(None, reason(error), monotonic() - started)
    except Exception as error:  # urllib3 raises its own errors from raw.read
        return Answer(None, reason(error), monotonic() - started)


def beginning(response: requests.Response, deadline: float) -> bytes:
    """What of the body arrives in time. Byte by byte: a longer read waits until it has all that it asked for,
    and a stream that sends a little now and then would hold us as long as it likes."""
    body = bytearray()
    while len(body) < BODY_LIMIT and monotonic() < deadline:
        piece = response.raw.read(1, decode_content=True)
        if not piece:
            break
        body += piece
    return bytes(body)


def reason(error: BaseException) -> str:
    """The innermost cause: the wrappers around it only repeat the URL."""
    while (inner := error.__cause__ or error.__context__) is not None:
        error = inner
    return f"{type(error).__name__}: {error}"
