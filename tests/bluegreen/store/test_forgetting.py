"""A service that is given back leaves nothing in Redis, and its neighbours all of theirs."""

import inspect

from redis import Redis

from bluegreen.deployment.states import DEPLOY_PHASES
from bluegreen.store import forgetting, keys, owners
from bluegreen.store.deployments import Store
from tests.here import ELSEWHERE, HERE


def test_what_is_forgotten_is_all_of_that_service_and_nothing_else(redis: Redis) -> None:
    store, other = Store(redis, HERE.id), Store(redis, ELSEWHERE.id)
    owners.settle(redis, HERE, ["web", "api"])
    kept = store.create("api", "somebody"), other.create("web", "somebody")
    before = set(redis.keys("*"))
    first = store.create("web", "somebody")
    store.unlock(first.id, "somebody")
    store.begin(store.create("web", "somebody").id, DEPLOY_PHASES[0], 1, "a worker")
    assert set(redis.keys("*")) > before

    forgetting.forget_service(store, "web")

    assert set(redis.keys("*")) == before
    assert owners.of(redis, "web") is None and owners.of(redis, "api") == HERE
    assert [each.get(one.id) for each, one in zip((store, other), kept, strict=True)] == list(kept)


def test_a_service_that_lives_elsewhere_by_now_keeps_its_place(redis: Redis) -> None:
    owners.settle(redis, ELSEWHERE, ["web"])
    redis.rpush(keys.queue(HERE.id), "a message")

    forgetting.forget_service(Store(redis, HERE.id), "web")
    forgetting.forget_installation(Store(redis, HERE.id))

    assert owners.of(redis, "web") == ELSEWHERE and redis.keys("*") == [keys.owners()]


def test_no_key_of_a_service_is_left_out() -> None:
    functions = [each for each in vars(keys).values() if inspect.isfunction(each)]
    of_a_service = {
        each for each in functions if list(inspect.signature(each).parameters) == ["installation", "name"]
    }

    assert {*forgetting.OTHERS, keys.service, keys.history} == of_a_service
