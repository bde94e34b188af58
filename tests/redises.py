"""The Redis of a suite that runs on both: in memory, without a socket, and a real one."""

import pytest
from fakeredis import FakeRedis, FakeServer
from redis import Redis


class RedisInMemory(FakeRedis):
    """As Redis answers, without a socket; the suites that run on both hold it to that."""

    def memory_usage(self, key: str, samples: int | None = None) -> int:
        """Of a stream: its text is nearly all of it. The stand-in does not count bytes."""
        return len(str(self.xrange(key)))


def memory_redis() -> Redis:
    """Nobody else's, and empty."""
    return RedisInMemory(server=FakeServer(), decode_responses=True)


@pytest.fixture(
    params=[pytest.param("memory", marks=pytest.mark.unit), pytest.param("server", marks=pytest.mark.real)]
)
def redis(request: pytest.FixtureRequest) -> Redis:
    """As the fixture of that name in tests/conftest.py; a conftest that imports this one has both."""
    if request.param == "memory":
        return memory_redis()
    server: Redis = request.getfixturevalue("redis_server_emptied")
    return server
