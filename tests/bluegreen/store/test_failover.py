"""Sentinels that know no master, or are not there, are named; and what doctor says of those that are."""

from pathlib import Path

import pytest
from redis import Redis

from bluegreen.deployment.errors import RedisUnavailable
from bluegreen.store.connection import connect, translated
from cli.demo.servers import free_port
from cli.doctor import redis as checks
from cli.doctor.findings import Advice
from tests.replicated import Replicated

pytestmark = pytest.mark.real


def refused(url: str) -> RedisUnavailable:
    with pytest.raises(RedisUnavailable) as said, translated(url):
        connect(url, timeout=1).time()
    return said.value


def test_sentinels_that_are_not_there_are_named() -> None:
    ports = free_port(), free_port()

    said = refused(f"redis+sentinel://:pass@127.0.0.1:{ports[0]},127.0.0.1:{ports[1]}/shop")

    assert "no Sentinel names a master shop" in said.what and "pass" not in said.what
    assert all(f"127.0.0.1:{port}" in said.what for port in ports)


def test_what_can_fail_over_is_followed_and_judged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with Replicated(tmp_path / "redis", "--min-replicas-max-lag", "10") as both:
        monkeypatch.setenv("BLUEGREEN_REDIS_URL", both.url)
        client = connect(both.url, patience=20)
        client.set("word", "kept")
        with pytest.raises(Advice, match="cut off from its replicas"):
            checks.failover(client)
        for each in both.redises:
            Redis.from_url(each.url).config_set("min-replicas-to-write", 1)
        assert checks.failover(client) == "by Sentinels, replicas: 1"

        both.fail_over()

        assert client.get("word") == "kept"
        with pytest.raises(Advice, match="no replica follows"):
            checks.failover(client)
        assert "no Sentinel names a master other" in refused(both.url.replace("/shop/", "/other/")).what
