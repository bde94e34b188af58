"""POSTs JSON to a webhook: one attempt, with an end to it, and no word of what is secret in its URL."""

import threading
from collections.abc import Mapping
from time import monotonic
from typing import Any
from urllib.parse import urlsplit

import requests

from bluegreen.http import beginning, reason

#: a path of fewer characters is not taken for a secret
SECRET_LENGTH = 8


class NotTaken(Exception):
    """The webhook did not take it. `passing`: it may take it later."""

    def __init__(self, what: str, passing: bool) -> None:
        super().__init__(what)
        self.passing = passing


def post(url: str, body: Mapping[str, Any], timeout: float, token: str | None = None) -> None:
    """Return when the webhook has taken it (status 2xx). Raises NotTaken, after twice the time-out at most."""
    problem: list[NotTaken | None] = []

    def attempt() -> None:
        try:
            problem.append(_answer(url, body, timeout, token))
        except Exception as error:
            problem.append(NotTaken(_without(url, token, reason(error)), passing=True))

    # A thread of its own: a server that sends its headers byte by byte keeps every time-out of requests happy.
    asking = threading.Thread(target=attempt, name="webhook", daemon=True)
    asking.start()
    asking.join(2 * timeout)
    if not problem:
        raise NotTaken(f"no whole answer in {2 * timeout:g} s", passing=True)
    if problem[0] is not None:
        raise problem[0]


def _answer(url: str, body: Mapping[str, Any], timeout: float, token: str | None) -> NotTaken | None:
    headers = {"User-Agent": "bluegreen"} | ({"Authorization": f"Bearer {token}"} if token else {})
    deadline = monotonic() + timeout
    with requests.post(
        url, json=body, headers=headers, timeout=timeout, allow_redirects=False, stream=True
    ) as response:
        if response.ok and not response.is_redirect:
            return None
        answer = " ".join(beginning(response, deadline).decode("utf-8", "replace").split())[:200]
        status = f"status {response.status_code}{f' ({answer})' if answer else ''}"
        return NotTaken(_without(url, token, status), response.status_code == 429 or response.status_code >= 500)


def _without(url: str, token: str | None, text: str) -> str:
    path = urlsplit(url).path.strip("/")
    # A short path is no secret, and a word such as "hook" in an answer is not taken from it.
    for secret in filter(None, (url, path if len(path) >= SECRET_LENGTH else None, token)):
        text = text.replace(secret, "***")
    return text
