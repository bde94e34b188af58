"""What deployments came to, added up in Redis."""

from redis import Redis

from bluegreen.deployment.receipt import AccessLog, LogCount, ProxyReceipt, Receipt, Tally
from bluegreen.deployment.record import Deployment, now
from bluegreen.deployment.states import State
from bluegreen.store import counters
from cli.looking.metrics import metrics_of_counts
from tests.here import HERE


def ended(failed: int) -> Deployment:
    tally = Tally(answers={"green": {"200": 100 - failed, "502": failed}}, failed=failed)
    receipt = Receipt(proxies={"proxy": ProxyReceipt(logs=(LogCount(log=AccessLog(path="x"), tally=tally),))})
    made = Deployment(
        id="web-1-aa", service="web", installation=HERE.id, requested_by="ann", requested_at=now(), generation=1
    )
    return made.with_(state=State.SUCCEEDED, receipt=receipt)


def test_requests_that_have_failed_are_added_up_over_the_deployments(redis: Redis) -> None:
    for failed in (2, 0, 3):
        counters.add(redis, ended(failed))

    numbers = {each.what: each.value for each in counters.read(redis, {"web": HERE})}
    assert numbers.pop(counters.DEPLOYMENTS) == 3
    assert numbers.pop(counters.REQUESTS) == 300
    assert list(numbers.values()) == [5]
    shown = {
        sample.value
        for family in metrics_of_counts(list(counters.read(redis, {"web": HERE})))
        for sample in family.samples
    }
    assert shown == {3, 300, 5}
