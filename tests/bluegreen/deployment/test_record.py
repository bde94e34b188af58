"""What a record may say: it comes from Redis, and reaches files, folders and command lines."""

import json

import pytest

from bluegreen.deployment.names import release_name
from bluegreen.deployment.receipt import ProxyReceipt, Receipt, Tally
from bluegreen.deployment.record import Deployment, PhaseRecord, Release, now
from bluegreen.deployment.states import Color, Phase, PhaseState, State
from bluegreen.deployment.value import Unreadable
from tests.here import HERE

pytestmark = pytest.mark.unit


@pytest.mark.parametrize("name", ["", "-x", "../x", "a b", "a'", "a\n", "a;b", "a/b", "x" * 129])
def test_a_release_name_is_one_plain_word(name: str) -> None:
    with pytest.raises(Unreadable):
        Release.from_json(Release(name=name).as_json())


@pytest.mark.parametrize("commit", ["../..", "HEAD", "", "abc/def"])
def test_a_commit_is_a_hash(commit: str) -> None:
    with pytest.raises(Unreadable):
        Release.from_json(Release(name="v1", commit=commit).as_json())


@pytest.mark.parametrize("ref", ["v1", "refs/tags/v1+2", "a" * 200, None])
def test_every_name_that_is_given_is_one(ref: str | None) -> None:
    release = Release(name=release_name(ref, None, 7, taken={"v1", "v1-7"}))

    assert Release.from_json(release.as_json()) == release


def test_a_record_is_read_as_it_was_written_and_what_a_later_version_added_is_left_out() -> None:
    deployment = Deployment(
        id="web-1-aa",
        service="web",
        installation=HERE.id,
        requested_by="ann",
        requested_at=now(),
        generation=1,
        phases=(PhaseRecord(name=Phase.CHECKOUT, state=PhaseState.DONE, started=now(), seconds=2),),
        retired_by_switch={"proxy": "1 2"},
        receipt=Receipt(proxies={"proxy": ProxyReceipt(probes=Tally(answers={Color.BLUE: {"200": 1}}))}),
    )

    assert Deployment.from_json(deployment.as_json()) == deployment
    assert Deployment.from_json(deployment.as_json().replace("{", '{"later": [1], ', 1)) == deployment


def test_a_record_of_the_release_before_is_read_but_for_the_process_ids_that_it_had() -> None:
    written = {
        **{"id": "web-1-aa", "service": "web", "installation": HERE.id, "requested_by": "ann", "generation": 1},
        **{"requested_at": "2026-11-28T12:00:00Z", "state": "succeeded", "past_point_of_no_return": True},
        **{"retired_by_switch": {"proxy": [17, 18]}, "retired_by_rollback": {}},
    }

    read = Deployment.from_json(json.dumps(written))

    assert (read.id, read.state, read.retired_by_switch) == ("web-1-aa", State.SUCCEEDED, {})


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"id": "web-1-aa"}', '{"id": 1'])
def test_what_is_no_record_is_refused(text: str) -> None:
    with pytest.raises(Unreadable):
        Deployment.from_json(text)


def test_a_record_is_shown_with_the_sums_of_its_receipt() -> None:
    deployment = Deployment(
        id="web-1-aa", service="web", installation=HERE.id, requested_by="ann", requested_at=now(), generation=1
    )

    assert deployment.shown()["receipt"] is None
    assert json.loads(deployment.shown_as_json()) == json.loads(deployment.as_json()), (
        "without a receipt, what is written"
    )
    assert deployment.with_(receipt=Receipt(lost=("x",))).shown()["receipt"] == {
        **{"proxies": {}, "began": None, "lost": ("x",)},
        **{"requests": 0, "failed": 0, "probes": 0, "probes_failed": 0},
        **{"longest_gap": None, "slowest": None, "complete": False},
    }
