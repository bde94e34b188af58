"""How notifications are sent, again and again, and given up; no receiver is there."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from redis.exceptions import ConnectionError as Away

from bluegreen.deployment.notification import Kind
from bluegreen.deployment.record import Deployment
from bluegreen.settings.notifications import NotificationSettings
from bluegreen.store import events, keys, outbox
from bluegreen.store.deployments import Store
from bluegreen.webhook import NotTaken
from cli.output.sentences import sentence
from tests.attended import config_of
from tests.here import HERE
from tests.tasks.memory import memory_store
from workflows import notifier as sending
from workflows.notifier import Notifier

pytestmark = pytest.mark.unit

ALL = '[[notifications]]\nurl = "https://chat.example/x"\non = ["started", "failed"]\n'
OTHERS = '[[notifications]]\nurl = "https://other.example/x"\nservices = ["api"]\n'


class Receivers:
    """What was sent, in order; what is raised instead is taken from `problems`."""

    def __init__(self) -> None:
        self.got: list[tuple[str, Kind]] = []
        self.problems: list[Exception] = []
        self.then: Callable[[], None] = lambda: None

    def send(self, notification: NotificationSettings, _: object, deployment: Deployment, kind: Kind) -> None:
        self.got.append((deployment.id, kind))
        self.then()
        if self.problems:
            raise self.problems.pop(0)


@pytest.fixture
def receivers(monkeypatch: pytest.MonkeyPatch) -> Receivers:
    receivers = Receivers()
    monkeypatch.setattr(sending, "send", receivers.send)
    monkeypatch.setattr(sending, "PAUSES", (0.0, 0.0))
    return receivers


@pytest.fixture
def store() -> Store:
    return memory_store()


def notifier(store: Store, before: str = ALL + OTHERS, services: tuple[str, ...] = ("web", "api")) -> Notifier:
    config = config_of(services, before)
    return Notifier(store, "w1@host", services, lambda: config)


def ended(store: Store, service: str = "web") -> Deployment:
    made = store.create(service, "me")
    store.unlock(made.id, "me")
    return made


def notes(store: Store, deployment: Deployment) -> list[str]:
    return [sentence(each) for each in events.read(store.redis, deployment.id)]


def test_each_is_sent_once_oldest_first_to_those_who_want_it(store: Store, receivers: Receivers) -> None:
    first, second = ended(store), ended(store)
    sender = notifier(store)

    while sender.send_next("web"):
        pass

    assert receivers.got == [(first.id, Kind.FAILED), (second.id, Kind.FAILED)]
    assert not store.redis.exists(keys.notifications(HERE.id, "web"), keys.sender(HERE.id, "web"))
    assert not sender.send_next("api")


def test_what_a_receiver_does_not_take_now_is_sent_again_and_in_the_end_noted(
    store: Store, receivers: Receivers
) -> None:
    receivers.problems = [NotTaken("503", passing=True)] * 2
    well = ended(store)
    notifier(store).send_next("web")
    assert len(receivers.got) == 3 and not any("not delivered" in each for each in notes(store, well))

    receivers.problems = [NotTaken("503", passing=True)] * 3
    given_up = ended(store)
    notifier(store).send_next("web")
    assert len(receivers.got) == 6
    assert "the notification failed to chat.example was not delivered: 503" in notes(store, given_up)[-1]
    assert not store.redis.exists(keys.notifications(HERE.id, "web"))


@pytest.mark.parametrize("problem", [NotTaken("404", passing=False), ValueError("a defect")])
def test_what_no_time_will_change_is_not_sent_again(
    store: Store, receivers: Receivers, problem: Exception
) -> None:
    receivers.problems = [problem]
    deployment = ended(store)

    assert notifier(store).send_next("web")

    assert len(receivers.got) == 1 and f"was not delivered: {problem}" in notes(store, deployment)[-1]


def test_a_worker_that_stops_leaves_it_to_another(store: Store, receivers: Receivers) -> None:
    deployment = ended(store)
    stopping = notifier(store)
    receivers.problems, receivers.then = [NotTaken("503", passing=True)], stopping.stop

    assert not stopping.send_next("web")

    assert len(receivers.got) == 1 and len(notes(store, deployment)) == 2, "nothing is noted"
    assert notifier(store).send_next("web") and len(receivers.got) == 2


def test_what_was_sent_while_the_worker_stopped_is_done_with(store: Store, receivers: Receivers) -> None:
    ended(store)
    stopping = notifier(store)
    receivers.then = stopping.stop

    assert stopping.send_next("web") and not store.redis.exists(keys.notifications(HERE.id, "web"))


@pytest.mark.parametrize("gone", ["record", "service"])
def test_what_is_of_nobody_any_more_is_sent_to_nobody(store: Store, receivers: Receivers, gone: str) -> None:
    deployment = ended(store)
    if gone == "record":
        store.redis.delete(keys.deployment(deployment.id))
    services = ("api",) if gone == "service" else ("web", "api")

    assert notifier(store, ALL, services).send_next("web")

    assert receivers.got == [] and not store.redis.exists(keys.notifications(HERE.id, "web"))


def test_a_record_that_cannot_be_read_holds_nobody_up(store: Store, receivers: Receivers) -> None:
    store.redis.set(keys.deployment(ended(store).id), "{")
    well = ended(store)
    sender = notifier(store)

    assert sender.send_next("web") and sender.send_next("web")
    assert receivers.got == [(well.id, Kind.FAILED)]


def test_while_another_worker_sends_it_is_left(store: Store, receivers: Receivers) -> None:
    ended(store)
    assert outbox.take_up(store.redis, HERE.id, "web", "w2@host", 60)

    assert not notifier(store).send_next("web") and receivers.got == []


def test_a_worker_has_it_for_as_long_as_all_attempts_may_take(
    store: Store, receivers: Receivers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sending, "PAUSES", (2.0, 8.0))
    lived: list[int] = []
    receivers.then = lambda: lived.append(store.redis.pttl(keys.sender(HERE.id, "web")))
    ended(store)

    notifier(store).send_next("web")

    (left,) = lived  # 2 + 8 s of pauses, and three attempts whose time-out of 10 s counts for each half
    assert 75_000 < left <= 80_000


def test_all_that_is_due_is_sent_in_the_background_until_the_worker_stops(
    store: Store, receivers: Receivers, monkeypatch: pytest.MonkeyPatch
) -> None:
    web, api = ended(store), ended(store, "api")
    sender = notifier(store)
    begin = sender._begin
    began: list[str] = []

    def once(service: str) -> None:
        began.append(service)
        begin(service)
        sender.stop() if len(began) == 2 else None

    monkeypatch.setattr(sending, "threading", SimpleNamespace(Thread=AtOnce))
    monkeypatch.setattr(sender, "_begin", once)

    sender.start()

    assert set(receivers.got) == {(web.id, Kind.FAILED), (api.id, Kind.FAILED)}
    assert len(receivers.got) == 3, "of api, two want to know"


class AtOnce:
    """A thread whose work is over when it has begun."""

    def __init__(self, target: Callable[..., None], args: tuple[Any, ...] = (), **_: object) -> None:
        self._run = lambda: target(*args)

    def start(self) -> None:
        self._run()


def test_a_redis_that_is_away_is_asked_again(
    store: Store, receivers: Receivers, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    sender = notifier(store)
    looks = 0

    def due(*_: object) -> list[str]:
        nonlocal looks
        looks += 1
        if looks == 2:
            sender.stop()
        raise Away("refused")

    monkeypatch.setattr(outbox, "due", due)
    monkeypatch.setattr(sending, "LOOK_SECONDS", 0)

    sender._run()

    assert looks == 2 and "notifications wait for Redis" in caplog.text
