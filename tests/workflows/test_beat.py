"""What a beat decides; the times have come because the mark is set back."""

import logging
import threading
import tomllib
from collections.abc import Callable
from concurrent.futures import wait
from datetime import timedelta
from functools import partial
from types import SimpleNamespace

import pytest
from redis import Redis

from bluegreen.deployment.record import Release
from bluegreen.deployment.states import Phase, State
from bluegreen.deployment.transitions import Step
from bluegreen.settings import config_file
from bluegreen.settings.service import Config
from bluegreen.source import remote
from bluegreen.store import answers, keys, requests, schedules, workers
from bluegreen.store.clock import redis_time
from bluegreen.store.deployments import Store
from bluegreen.store.requests import Asked, Kind
from bluegreen.store.schedules import Cursor
from tests.attended import launched, requests_of
from tests.bluegreen.settings.test_config_file import GOOD
from tests.here import HERE
from tests.redises import redis
from workflows import beat as schedule
from workflows.beat import AGAIN_SECONDS, Beat

__all__ = ["launched", "redis"]

SCHEDULE = """
[services.web.schedule]
crontab = "* * * * *"
ref = "main"
"""
SOURCE = """
only_when_changed = true
[services.web.source]
url = "https://git.invalid/web.git"
"""


def config(more: str = "", before: str = "") -> Config:
    return config_file.parse(tomllib.loads(before + GOOD + SCHEDULE + more))


@pytest.fixture(autouse=True)
def worker(store: Store, launched: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """One that has taken what the beat asks for when the beat goes on; a run has come."""
    services = ("web", "api")

    def ask(redis: Redis, installation: str, kind: Kind, asked: Asked) -> str:
        ticket = requests.send(redis, installation, kind, asked)
        requests_of(store, services).look(0.01)
        answer = answers.read(redis, ticket, 30)
        assert answer is not None
        return answer.result()

    monkeypatch.setattr(requests, "ask", ask)
    workers.announce(store.redis, "w@host", HERE, services)
    set_back(store)


def set_back(store: Store, minutes: float = 2) -> None:
    """As if no beat had looked for so long."""
    decided = redis_time(store.redis) - timedelta(minutes=minutes)
    before = schedules.read(store.redis, HERE.id, "web") or Cursor(rule="* * * * * UTC", decided=decided)
    store.redis.set(keys.schedule_cursor(HERE.id, "web"), before.with_(decided=decided).as_json())


def outcome(store: Store) -> str:
    cursor = schedules.read(store.redis, HERE.id, "web")
    assert cursor is not None
    return cursor.outcome


def beat(store: Store, settings: Config) -> Beat:
    return Beat(store, HERE, "beat", lambda: settings)


def end(store: Store, deployment_id: str) -> None:
    store.unlock(deployment_id, "me")


def test_a_run_that_has_come_makes_one_deployment_like_a_persons(store: Store, launched: list[str]) -> None:
    for _ in range(2):
        beat(store, config()).look()

    (made,) = store.history("web")
    assert launched == [made.id] and outcome(store) == made.id
    assert (made.requested_by, made.ref, made.state) == ("schedule", "main", State.QUEUED)
    assert made.scheduled_for is not None and made.scheduled_for.second == 0


def test_a_schedule_that_is_new_has_missed_nothing(store: Store, launched: list[str]) -> None:
    store.redis.delete(keys.schedule_cursor(HERE.id, "web"))

    beat(store, config()).look()

    assert store.history("web") == []


@pytest.mark.parametrize(("missed", "made"), [("skip", 0), ("catch_up", 1)])
def test_a_run_that_was_missed_is_skipped_or_caught_up_once(
    store: Store, launched: list[str], missed: str, made: int
) -> None:
    minute = (redis_time(store.redis) - timedelta(minutes=5)).minute
    hourly = SCHEDULE.replace("* * * * *", f"{minute} * * * *") + f'missed = "{missed}"\nstarting_deadline = 60'
    settings = config_file.parse(tomllib.loads(GOOD + hourly))
    decided = redis_time(store.redis) - timedelta(hours=5)
    cursor = Cursor(rule=f"{minute} * * * * UTC", decided=decided)
    store.redis.set(keys.schedule_cursor(HERE.id, "web"), cursor.as_json())

    for _ in range(3):
        beat(store, settings).look()

    assert len(store.history("web")) == made
    assert made or outcome(store) == "missed: no beat was running"


def test_no_run_takes_place_in_a_freeze(store: Store, launched: list[str]) -> None:
    freeze = '[[freezes]]\nreason = "Christmas"\nstart = 2020-01-01\nend = 2999-01-01\n'

    beat(store, config(before=freeze)).look()

    assert store.history("web") == [] and outcome(store).startswith("frozen: Christmas (until 2999")


def test_a_run_that_fell_into_a_freeze_is_not_caught_up_after_it(
    store: Store, launched: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    after = redis_time(store.redis).replace(second=30, microsecond=0)
    monkeypatch.setattr(schedule, "redis_time", lambda _: after)
    over = after.replace(second=10).isoformat()

    beat(store, config(before=f'[[freezes]]\nreason = "Sunday"\nstart = 2020-01-01\nend = {over}\n')).look()

    assert store.history("web") == [] and outcome(store).startswith("frozen: Sunday")


def test_a_run_waits_for_the_deployment_under_way(store: Store, launched: list[str]) -> None:
    persons, metronome = store.create("web", "me"), beat(store, config())
    metronome.look()
    assert launched == [] and outcome(store) == ""

    end(store, persons.id)
    metronome.look()
    assert launched == [], "it asks again and again, but not each second"
    metronome._not_before["web"] -= AGAIN_SECONDS
    metronome.look()

    assert len(launched) == 1 and outcome(store) == launched[0]


def test_without_a_worker_nothing_is_enqueued(
    store: Store, launched: list[str], caplog: pytest.LogCaptureFixture
) -> None:
    workers.withdraw(store.redis, "w@host")

    with caplog.at_level(logging.WARNING):
        beat(store, config()).look()

    assert "no worker is running for web" in caplog.text
    assert store.history("web") == [] and outcome(store) == ""


def test_only_when_changed_deploys_each_commit_once(
    store: Store, launched: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The remote is made up here; `tests/bluegreen/source/test_remote.py` has a real one."""
    tip = ["a" * 40]
    monkeypatch.setattr(remote, "commit_of", lambda source, ref: tip[0])

    def look() -> None:
        set_back(store)
        beat(store, config(SOURCE)).look()

    look()
    (first,) = launched
    end(store, first)  # as failed: it is not live
    look()
    assert launched == [first] and outcome(store) == f"unchanged: {tip[0]} was deployed by {first}"

    tip[0] = "b" * 40
    look()
    assert len(launched) == 2


def in_registry(patch: pytest.MonkeyPatch, published: Callable[[str, str | None], str]) -> None:
    """What is there by a service's name and a ref."""
    patch.setattr(schedule, "ComposeRuntime", lambda name, _: SimpleNamespace(published=partial(published, name)))


def test_without_a_repository_the_digest_in_the_registry_counts(
    store: Store, launched: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The registry is made up here; `tests/compose/images/test_registry.py` has a real one."""
    digest, refs = [f"sha256:{'a' * 64}"], []

    def published(name: str, ref: str | None) -> str:
        refs.append((name, ref))
        return digest[0]

    in_registry(monkeypatch, published)
    pulled = config("only_when_changed = true")

    def look() -> None:
        set_back(store)
        beat(store, pulled).look()

    look()
    (first,) = launched
    end(store, first)  # as failed: it is not live
    look()
    assert launched == [first] and outcome(store) == f"unchanged: {digest[0]} was deployed by {first}"

    digest[0] = f"sha256:{'b' * 64}"
    look()
    assert len(launched) == 2 and set(refs) == {("web", "main")}


def test_what_the_live_release_was_pulled_as_is_no_news(
    store: Store, launched: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    digest = f"sha256:{'a' * 64}"
    in_registry(monkeypatch, lambda name, ref: digest)
    live = store.create("web", "ann", ref="main")
    release = Release(name="main", ref="main", image_digest=f"registry.example/web@{digest}")
    succeeded = {"state": State.SUCCEEDED, "release": release}
    store.change(live.id, lambda deployment, _: (None, Step(deployment.with_(**succeeded), None)))

    set_back(store)
    beat(store, config("only_when_changed = true")).look()

    assert launched == [] and outcome(store) == f"unchanged: {digest} is live"


def test_what_no_worker_began_does_not_count_as_deployed(
    store: Store, launched: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(remote, "commit_of", lambda source, ref: "a" * 40)
    beat(store, config(SOURCE)).look()
    over = redis_time(store.redis) - timedelta(days=1)
    store.change(launched[0], lambda deployment, _: (None, Step(deployment.with_(starting_deadline=over))))
    assert store.expire(launched[0]) is not None

    set_back(store)
    beat(store, config(SOURCE)).look()

    assert len(launched) == 2


def test_a_remote_that_does_not_answer_holds_up_its_service_and_no_other(
    store: Store, launched: list[str], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    other = (GOOD + SCHEDULE).replace("services.web", "services.api").replace("upstream.inc", "api.inc")
    both = config_file.parse(tomllib.loads(GOOD + SCHEDULE + SOURCE.replace("git.invalid", "127.0.0.1:1") + other))
    cursor = schedules.read(store.redis, HERE.id, "web")
    store.redis.set(keys.schedule_cursor(HERE.id, "api"), cursor.as_json())

    beat(store, both).look()

    assert [each.service for each in store.history("api")] == ["api"] and store.history("web") == []
    assert "cannot look into https://127.0.0.1:1/web.git" in caplog.text


def test_a_git_that_is_slow_holds_up_its_service_and_no_other(
    store: Store, launched: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A remote that answers when it is told to."""
    asked, answers = threading.Event(), threading.Event()

    def slow(source: object, ref: str | None) -> str:
        asked.set()
        answers.wait(30)
        return "a" * 40

    monkeypatch.setattr(remote, "commit_of", slow)
    other = (GOOD + SCHEDULE).replace("services.web", "services.api").replace("upstream.inc", "api.inc")
    both = config_file.parse(tomllib.loads(GOOD + SCHEDULE + SOURCE + other))
    metronome = beat(store, both)

    monkeypatch.setattr(schedule, "PATIENCE_SECONDS", 0)
    metronome.look()
    assert asked.wait(30) and store.history("web") == []
    assert not wait([metronome._in_hand["api"]], 30).not_done
    store.redis.set(keys.schedule_cursor(HERE.id, "api"), store.redis.get(keys.schedule_cursor(HERE.id, "web")))
    metronome.look()
    assert not wait([metronome._in_hand["api"]], 30).not_done
    assert len(store.history("api")) == 1 and schedules.alive(store.redis, HERE.id) == "beat"

    answers.set()
    wait(metronome._in_hand.values())
    assert len(store.history("web")) == 1


def test_a_scheduled_deployment_begins_as_any_other(store: Store, launched: list[str]) -> None:
    beat(store, config()).look()

    answer, deployment = store.begin(launched[0], Phase.CHECKOUT, 1, "w@host/1")

    assert answer == "run" and deployment is not None and deployment.state is State.RUNNING
