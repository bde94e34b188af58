"""The table of past deployments."""

import json
from pathlib import Path

import pytest
from redis import Redis

from bluegreen.deployment.record import Failure, Release
from bluegreen.deployment.states import Phase, State
from bluegreen.deployment.transitions import Step
from bluegreen.store import owners
from bluegreen.store.deployments import Store
from cli.looking.history import COLUMNS
from cli.output.images import short_image
from tests.cli.here import bluegreen
from tests.cli.test_bad_input import CONFIG
from tests.here import HERE

pytestmark = pytest.mark.real


@pytest.fixture
def store(redis: Redis) -> Store:
    owners.settle(redis, HERE, ["web"])
    return Store(redis, HERE.id)


def end(store: Store, by: str, state: State, **fields: object) -> str:
    made = store.create("web", by, freeze_passed=fields.pop("freeze_passed", None))
    store.change(made.id, lambda found, _: (None, Step(found.with_(state=state, **fields), None)))
    return made.id


def test_each_line_says_what_why_how_long_and_which_image(tmp_path: Path, redis_url: str, store: Store) -> None:
    release = Release(name="v1", image="web:v1", image_id="sha256:" + "0123456789abcdef" * 4)
    failure = Failure(phase=Phase.HEALTH_CHECK, what="green did not\nget healthy")
    end(store, "ann", State.SUCCEEDED, release=release, freeze_passed="Christmas: a hole")
    end(store, "bob", State.ROLLED_BACK, error=failure)
    end(store, "cem", State.ABORTED, abort_requested_by="dan", error=failure)

    head, *lines = bluegreen(tmp_path, "history", "web", BLUEGREEN_REDIS_URL=redis_url).stdout.splitlines()

    assert [head.find(each) >= 0 for each in COLUMNS] == [True] * len(COLUMNS)
    assert (
        " s ago  deploy  succeeded" in lines[0] and "sha256:0123456789ab  ann; in a freeze: Christmas" in lines[0]
    )
    assert lines[1].endswith("  bob; green did not get healthy") and "rolled back" in lines[1]
    assert lines[2].endswith("cem; aborted by dan")
    assert len({line.index(" s ago") for line in lines}) == 1


def test_json_keeps_iso_and_utc(tmp_path: Path, redis_url: str, store: Store) -> None:
    made = end(store, "ann", State.SUCCEEDED)

    (shown,) = json.loads(bluegreen(tmp_path, "history", "web", "--json", BLUEGREEN_REDIS_URL=redis_url).stdout)

    assert shown["id"] == made and shown["requested_at"].endswith("Z")


def test_no_deployments_are_no_lines(tmp_path: Path, redis_url: str, store: Store) -> None:
    (tmp_path / "bluegreen.toml").write_text(CONFIG)
    assert bluegreen(tmp_path, "history", BLUEGREEN_REDIS_URL=redis_url).stdout == ""


@pytest.mark.parametrize(
    ("image", "shown"),
    [
        (None, "-"),
        ("sha256:" + "ab" * 32, "sha256:abababababab"),
        ("registry.example.org:5000/web@sha256:" + "cd" * 32, "sha256:cdcdcdcdcdcd"),
    ],
)
def test_an_image_is_known_by_twelve_characters(image: str | None, shown: str) -> None:
    assert short_image(image) == shown
