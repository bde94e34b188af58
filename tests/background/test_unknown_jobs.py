"""Jobs that only the new version knows: what becomes of them, by the way that docs/background.md tells."""

import threading

import pytest
import requests

from tests.background.shop import Shop, Steady
from tests.compose.app import eventually

pytestmark = [pytest.mark.docker, pytest.mark.long, pytest.mark.timeout(300)]


#: a number that no other job has
LAST = 100_000


class FromTheFirstOn:
    """Asks the new version for jobs that it alone knows, as soon as users get it."""

    def __init__(self, shop: Shop) -> None:
        self.shop, self.jobs = shop, 0
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def _run(self) -> None:
        while not self._over.wait(0.02):
            if "fresh" in self.shop.answer()["version"]:
                requests.post(f"{self.shop.url}fresh?number={self.jobs}", {}, timeout=10).raise_for_status()
                self.jobs += 1

    def __enter__(self) -> "FromTheFirstOn":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def ran(self) -> int:
        return len([job for job in self.shop.ended() if str(job).startswith("fresh")])


def deployed(shop: Shop) -> tuple[int, int]:
    """How many of such jobs were asked for, and how many have run, once the queue is empty. Others are all run."""
    shop.write()
    shop.configure(shop.redis_url)
    shop.up()
    shop.start_worker()
    shop.deploy_well("two")
    with Steady(shop, 0), FromTheFirstOn(shop) as fresh:
        shop.deploy_well("three-fresh")
        eventually(lambda: fresh.jobs > 20)
    shop.wait_for_all()
    eventually(lambda: not any(map(shop.shop_redis.llen, ("jobs", "jobs-blue", "jobs-green"))))
    shop.ask_for(LAST, 0)
    shop.wait_for_all()  # with the last one, what was taken before it has run
    return fresh.jobs, fresh.ran()


def test_on_one_queue_an_old_worker_discards_them_until_it_has_ended(shop: Shop) -> None:
    asked, ran = deployed(shop)

    assert 0 < ran < asked


def test_with_the_colour_the_old_worker_has_ended_before_there_is_such_a_job(shop: Shop) -> None:
    shop.tables = (
        f'[services.{shop.name}.background.worker]\nstart = "with_color"\n'
        f"[services.{shop.name}.background.beat]\noverlap = false\n"
    )

    asked, ran = deployed(shop)

    assert ran == asked > 20


def test_with_a_queue_for_each_colour_no_old_worker_gets_one(shop: Shop) -> None:
    """What the old worker has not begun when it ends, it leaves to the new one."""
    queue = 'QUEUE: "jobs${BLUEGREEN_COLOR:+-$BLUEGREEN_COLOR}"'
    color = 'environment: {COLOR: "${BLUEGREEN_COLOR:-}"'
    shop.changes = {
        f"{color}}}": f"{color}, {queue}}}",
        "environment: {ROLE: worker}": f"environment: {{ROLE: worker, {queue}}}",
        "  beat:\n    <<: *release\n": f"  beat:\n    <<: *release\n    environment: {{{queue}}}\n",
    }

    asked, ran = deployed(shop)

    assert ran == asked > 20
