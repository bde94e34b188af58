"""What workers say of themselves."""

import pytest

from bluegreen.deployment.errors import UsageError
from bluegreen.store import keys, workers
from bluegreen.store.deployments import Store
from tests.here import ELSEWHERE, HERE


@pytest.mark.parametrize(
    "text", ["{", '{"queue": "a queue"}', '{"installation": 1, "services": [], "until": 9e9}']
)
def test_what_is_no_announcement_is_not_believed_and_removed_by_the_next_worker(
    store: Store, text: str, caplog: pytest.LogCaptureFixture
) -> None:
    def announce() -> None:
        workers.announce(store.redis, "w1@host", HERE, ["web"], lambda service, _: f"{service} rests")

    announce()
    store.redis.hset(keys.workers(), "w2@host", text)

    assert workers.alive(store.redis) == {"web": ["w1@host"]}
    assert workers.serving(store.redis, "web") == HERE
    assert workers.freeze_of(store.redis, "web") == "web rests"
    assert "w2@host" in caplog.text and store.redis.hlen(keys.workers()) == 2, "a look changes nothing"
    announce()
    assert store.redis.hkeys(keys.workers()) == ["w1@host"]


def test_a_name_that_lives_elsewhere_is_not_announced(store: Store) -> None:
    assert workers.announce(store.redis, "w@production", HERE, ["web"]) == {}
    workers.withdraw(store.redis, "w@production")

    assert workers.announce(store.redis, "w@staging", ELSEWHERE, ["web", "shop"]) == {"web": HERE}

    with pytest.raises(UsageError, match="no worker is running for web\nweb lives on .*deploy-host"):
        workers.serving(store.redis, "web")
