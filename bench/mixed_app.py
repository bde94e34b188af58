"""One colour of the site under mixed load: `python -m bench.mixed_app PORT COLOR`."""

import asyncio
import gc
import sys

import uvloop
from aiohttp import WSMsgType, web

#: seconds that /slow takes
SLOW = 2.0
#: pieces of /stream, and seconds between two
PIECES, PAUSE = 10, 0.1
COLOR = web.AppKey("color", str)


async def quick(request: web.Request) -> web.Response:
    """The colour."""
    return web.Response(text=request.app[COLOR])


async def slow(request: web.Request) -> web.Response:
    """The colour, late."""
    await asyncio.sleep(SLOW)
    return web.Response(text=request.app[COLOR])


async def echo(request: web.Request) -> web.Response:
    """The body that was sent."""
    return web.Response(body=await request.read())


async def stream(request: web.Request) -> web.StreamResponse:
    """The colour, piece by piece, in chunks."""
    response = web.StreamResponse()
    await response.prepare(request)
    for _ in range(PIECES):
        await response.write(f"{request.app[COLOR]}\n".encode())
        await asyncio.sleep(PAUSE)
    await response.write_eof()
    return response


async def websocket(request: web.Request) -> web.WebSocketResponse:
    """Says what it hears."""
    socket = web.WebSocketResponse()
    await socket.prepare(request)
    async for message in socket:
        if message.type is WSMsgType.TEXT:
            await socket.send_str(message.data)
    return socket


def main() -> None:
    """Serve until told to stop."""
    app = web.Application()
    app[COLOR] = sys.argv[2]
    app.add_routes(
        [
            web.get("/", quick),
            web.get("/slow", slow),
            web.post("/echo", echo),
            web.get("/stream", stream),
            web.get("/websocket", websocket),
        ]
    )
    gc.disable()  # a pause of ours would look like one of nginx
    loop = uvloop.new_event_loop()
    web.run_app(app, host="127.0.0.1", port=int(sys.argv[1]), access_log=None, print=None, loop=loop)


if __name__ == "__main__":
    main()
