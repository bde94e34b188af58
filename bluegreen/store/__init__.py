"""The one way to Redis."""

from bluegreen.store import lazy_asyncio

lazy_asyncio.install()
