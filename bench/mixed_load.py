"""Users of all kinds at a fixed rate: `python -m bench.mixed_load URL RATE`, until standard input ends.

A JSON line for each, at the end; `due` is by the system's monotonic clock.

The requests leave on time however long the answers take (an open loop): a stall shows in all that came meanwhile.
Of twenty, one takes two seconds, two send a body, one reads a stream of a second, and four are newcomers, on a
connection of their own: one in four of the quick ones, as a connection carries four requests (the mean of the
pages of the HTTP Archive, discuss.httparchive.org/t/365). The others use connections that are kept. Beside them
SOCKETS WebSockets, each open for VISIT seconds at a time. Nothing is tried twice.
"""

import asyncio
import gc
import itertools
import json
import os
import sys
import time
from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp
import uvloop

from bench.mixed_app import PIECES

SOCKETS, VISIT = 16, 3.0
#: seconds between two messages on a WebSocket
TALK = 0.2
BODY = 8192
#: seconds until a request without an answer counts as failed
TIMEOUT = 15.0
#: by the number of a request, modulo 20
KINDS = {0: "slow", 5: "post", 10: "stream", 15: "post", **dict.fromkeys((2, 7, 12, 17), "newcomer")}

Visit = Callable[[aiohttp.ClientSession, str], Awaitable[None]]


class Failed(Exception):
    """A user would have noticed."""


async def get(session: aiohttp.ClientSession, url: str) -> None:
    async with session.get(url) as response:
        _expect(response.status == 200 and await response.text() in ("blue", "green"), response)


async def post(session: aiohttp.ClientSession, url: str) -> None:
    body = os.urandom(BODY)
    async with session.post(url + "echo", data=body) as response:
        _expect(response.status == 200 and await response.read() == body, response)


async def slow(session: aiohttp.ClientSession, url: str) -> None:
    await get(session, url + "slow")


async def stream(session: aiohttp.ClientSession, url: str) -> None:
    async with session.get(url + "stream") as response:
        lines = (await response.text()).split()
        _expect(response.status == 200 and len(lines) == PIECES and len(set(lines)) == 1, response)


async def websocket(session: aiohttp.ClientSession, url: str) -> None:
    async with session.ws_connect(url + "websocket") as socket:
        for number in range(int(VISIT / TALK)):
            await socket.send_str(str(number))
            message = await socket.receive(timeout=TIMEOUT)
            if message.data != str(number):
                raise Failed(f"websocket: {message}")
            await asyncio.sleep(TALK)


def _expect(good: bool, response: aiohttp.ClientResponse) -> None:
    if not good:
        raise Failed(f"{response.status} {response.url.path}")


VISITS: dict[str, Visit] = {
    "get": get,
    "newcomer": get,
    "post": post,
    "slow": slow,
    "stream": stream,
    "websocket": websocket,
}


def session(keeps: bool) -> aiohttp.ClientSession:
    """One whose connections are kept for the next request, or are not."""
    limits = aiohttp.ClientTimeout(total=TIMEOUT + VISIT)
    made = aiohttp.ClientSession(timeout=limits, connector=aiohttp.TCPConnector(limit=0, force_close=not keeps))
    # aiohttp would repeat a GET whose connection was cut, and hide just what is counted here.
    made._retry_connection = False
    return made


class Load:
    """What became of each visit."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.lines: list[dict[str, Any]] = []

    async def run(self, rate: float) -> None:
        """Send until standard input ends, and wait for the answers still to come."""
        over = asyncio.create_task(asyncio.to_thread(sys.stdin.read))
        async with session(keeps=True) as kept, session(keeps=False) as fresh, asyncio.TaskGroup() as visits:
            began = time.monotonic()
            for _ in range(SOCKETS):
                visits.create_task(self._sockets(kept, over))
            for number in itertools.count():
                if over.done():
                    break
                kind, due = KINDS.get(number % 20, "get"), began + number / rate
                await asyncio.sleep(max(0.0, due - time.monotonic()))
                visits.create_task(self._visit(fresh if kind == "newcomer" else kept, kind, due))

    async def _sockets(self, session: aiohttp.ClientSession, over: "asyncio.Task[str]") -> None:
        while not over.done():
            await self._visit(session, "websocket", time.monotonic())

    async def _visit(self, session: aiohttp.ClientSession, kind: str, due: float) -> None:
        line: dict[str, Any] = {"kind": kind, "due": due, "error": None}
        try:
            await VISITS[kind](session, self.url)
        except (aiohttp.ClientError, OSError, TimeoutError, Failed) as error:
            line["error"] = f"{type(error).__name__}: {error}"
        # From the moment when it should have left: what waited in our own line counts, too.
        self.lines.append({**line, "seconds": time.monotonic() - due})


if __name__ == "__main__":
    gc.disable()  # a pause of ours would look like one of the site
    load = Load(sys.argv[1])
    uvloop.run(load.run(float(sys.argv[2])))
    for each in load.lines:
        print(json.dumps(each))
