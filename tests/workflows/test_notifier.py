"""Telling notifications, on a real Redis: none holds up the ones behind it, whatever happens."""

import tomllib

import pytest

from bluegreen.deployment.record import Deployment
from bluegreen.settings import config_file
from bluegreen.settings.notifications import NotificationSettings
from bluegreen.store import events, keys
from bluegreen.store.deployments import Store
from cli.output.sentences import sentence
from tests.bluegreen.settings.test_config_file import GOOD
from tests.here import HERE
from tests.receiver import Receiver
from workflows import notifier as notify
from workflows.notifier import Notifier

pytestmark = pytest.mark.real


def notifier(store: Store, url: str, worker: str = "w1@host") -> Notifier:
    config = config_file.parse(tomllib.loads(f'[[notifications]]\nurl = "{url}"\n{GOOD}'))
    return Notifier(store, worker, ["web"], lambda: config)


def ended(store: Store) -> Deployment:
    """A deployment of which the end is due to be reported."""
    made = store.create("web", "me")
    store.unlock(made.id, "me")
    return made


def test_one_that_cannot_be_told_by_a_defect_is_noted_and_the_next_is_told(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = ended(store), ended(store)
    send = notify.send

    def defect(notification: NotificationSettings, service: object, deployment: Deployment, kind: object) -> None:
        if deployment.id == first.id:
            raise ValueError("embedded null byte")
        send(notification, service, deployment, kind)

    monkeypatch.setattr(notify, "send", defect)
    with Receiver() as receiver:
        sender = notifier(store, receiver.url)
        assert sender.send_next("web") and sender.send_next("web") and not sender.send_next("web")

    assert len(receiver.got) == 1 and second.id in str(receiver.got)
    assert any("embedded null byte" in sentence(each) for each in events.read(store.redis, first.id))


def test_what_another_version_or_a_stranger_wrote_is_taken_out(store: Store) -> None:
    store.redis.rpush(keys.notifications(HERE.id, "web"), "promoted web-1-aa", "", "failed")
    store.redis.rpush(keys.notifications(HERE.id, "web"), "failed web-2-bb", "failed web-3-cc")
    store.redis.set(keys.deployment("web-2-bb"), "no record")
    ended(store)

    with Receiver() as receiver:
        sender = notifier(store, receiver.url)
        for _ in range(3):
            assert sender.send_next("web")
        assert not sender.send_next("web")

    assert receiver.kinds() == ["failed"] and not store.redis.exists(
        keys.notifications(HERE.id, "web"), keys.sender(HERE.id, "web")
    )


def test_of_two_workers_one_tells(store: Store) -> None:
    ended(store)
    with Receiver() as receiver:
        store.redis.set(keys.sender(HERE.id, "web"), "w2@host", px=60_000)
        assert not notifier(store, receiver.url).send_next("web")
        store.redis.delete(keys.sender(HERE.id, "web"))
        assert notifier(store, receiver.url).send_next("web")

    assert receiver.kinds() == ["failed"]


def test_a_worker_that_stops_leaves_what_it_could_not_tell_to_the_next(store: Store) -> None:
    ended(store)
    with Receiver() as receiver:
        stopped = notifier(store, receiver.url)
        stopped.stop()
        assert not stopped.send_next("web")
        assert notifier(store, receiver.url, "w2@host").send_next("web")

    assert receiver.kinds() == ["failed"]
