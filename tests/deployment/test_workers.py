"""What workers say of themselves."""

import pytest

from deployment import keys, workers
from deployment.store import Store

pytestmark = pytest.mark.real


@pytest.mark.parametrize("text", ["{", '{"queue": "a queue"}', '{"queue": 1, "services": [], "until": 9e9}'])
def test_what_is_no_announcement_is_removed_and_the_others_are_believed(
    store: Store, text: str, caplog: pytest.LogCaptureFixture
) -> None:
    workers.announce(store.redis, "w1@host", ["web"], "a queue", lambda service, _: f"{service} rests")
    store.redis.hset(keys.workers(), "w2@host", text)

    assert workers.alive(store.redis) == {"web": ["w1@host"]}
    assert (workers.queues(store.redis), workers.queue_of(store.redis, "web")) == (["a queue"], "a queue")
    assert workers.freeze_of(store.redis, "web") == "web rests"
    assert "w2@host" in caplog.text and store.redis.hkeys(keys.workers()) == ["w1@host"]
