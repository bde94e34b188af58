"""Who is told, and in which words."""

import json
import tomllib
from datetime import UTC, datetime

import pytest

from bluegreen.deployment.approval import Approval
from bluegreen.deployment.errors import ConfigError
from bluegreen.deployment.last_look import LastLook
from bluegreen.deployment.notification import Kind, kind_of
from bluegreen.deployment.receipt import AccessLog, LogCount, ProxyReceipt, Receipt, Tally
from bluegreen.deployment.record import Deployment, Failure, PhaseRecord, now
from bluegreen.deployment.states import Phase, PhaseState, State
from bluegreen.settings import config_file
from bluegreen.settings.notifications import NotificationSettings, payload, render, variables
from tests.bluegreen.settings.test_config_file import GOOD
from tests.here import HERE

pytestmark = pytest.mark.unit


def deployment(**changes: object) -> Deployment:
    made = Deployment(
        id="web-1-aa",
        service="web",
        installation=HERE.id,
        ref="v1",
        requested_by="ann",
        requested_at=now(),
        generation=1,
    )
    return made.with_(**changes)


def test_what_is_worth_telling_is_the_begin_and_the_end() -> None:
    assert kind_of(State.QUEUED, State.RUNNING) is Kind.STARTED
    waits = kind_of(State.RUNNING, State.AWAITING_PROMOTION)
    ends = {kind_of(State.RUNNING, each) for each in State if each.final}
    assert waits is Kind.AWAITING_PROMOTION and ends == set(Kind) - {Kind.STARTED, waits}
    assert kind_of(State.AWAITING_PROMOTION, State.RUNNING) is None
    assert kind_of(State.RUNNING, State.ROLLING_BACK) is None
    assert kind_of(State.RUNNING, State.RUNNING) is kind_of(State.QUEUED, State.QUEUED) is None


@pytest.mark.parametrize("kind", list(Kind))
def test_every_kind_has_words_that_name_service_and_release(kind: Kind) -> None:
    assert render(deployment(), kind).startswith("web: deployment of v1 ")


def test_what_waits_for_a_promotion_says_until_when_and_with_which_commands_it_goes_on() -> None:
    since = datetime(2026, 11, 29, 9, 30, tzinfo=UTC)
    waiting = deployment(
        state=State.AWAITING_PROMOTION, approval=Approval(1800, "promote").with_(waiting_since=since)
    )

    assert render(waiting, Kind.AWAITING_PROMOTION) == (
        "web: deployment of v1 is healthy and waits for a promotion until 2026-11-29 10:00 UTC, then: promote. "
        "To go on: bluegreen promote web-1-aa. To undo it: bluegreen abort web-1-aa"
    )


def test_a_failure_says_why_and_what_to_do() -> None:
    failed = deployment(
        state=State.FAILED, error=Failure(phase=Phase.HEALTH_CHECK, what="it answers <500> & more")
    )

    assert "a person is needed: it answers <500> & more. Look at: bluegreen explain web-1-aa" in render(
        failed, Kind.FAILED
    )
    body = payload(failed, Kind.FAILED)
    assert "it answers &lt;500&gt; &amp; more" in body["text"] and body["attachments"][0]["color"] == "danger"
    json.dumps(body)


@pytest.mark.parametrize("kind", [Kind.ROLLED_BACK, Kind.ABORTED, Kind.FAILED])
def test_what_users_get_is_told_as_it_was_seen(kind: Kind) -> None:
    begun = (PhaseRecord(name=Phase.CHECKOUT, state=PhaseState.DONE, started=now()),)
    look = LastLook(None, "what users get could not be looked at (the Engine is away)")

    assert look.what in render(deployment(phases=begun, last_look=look), kind)
    assert "the old version serves" not in render(deployment(phases=begun), kind)
    assert "what users get was not looked at" in render(deployment(phases=begun), kind)


@pytest.mark.parametrize("kind", [Kind.ABORTED, Kind.EXPIRED])
def test_what_was_never_begun_has_changed_nothing(kind: Kind) -> None:
    assert "nothing was changed" in render(deployment(), kind)


def test_a_success_tells_how_many_requests_failed() -> None:
    tally = Tally(answers={"green": {"200": 4210, "502": 2}}, failed=2)
    receipt = Receipt(proxies={"proxy": ProxyReceipt(logs=(LogCount(log=AccessLog(path="x"), tally=tally),))})

    assert render(deployment(receipt=receipt), Kind.SUCCEEDED).endswith(" s, 2 of 4,212 requests failed")


def test_a_command_gets_the_facts_as_variables() -> None:
    facts = variables(deployment(state=State.SUCCEEDED), Kind.SUCCEEDED)

    assert facts["BLUEGREEN_NOTIFICATION"] == "succeeded" and facts["BLUEGREEN_DEPLOYMENT"] == "web-1-aa"
    assert facts["BLUEGREEN_TEXT"] == render(deployment(), Kind.SUCCEEDED)[: len(facts["BLUEGREEN_TEXT"])]


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ('url = "hooks.example.org/x"', "notifications.0.url: should be a URL"),
        ('url = "https:///x"', "notifications.0.url: should be a URL"),
        ("", "notifications.0: needs one of url, url_env and command"),
        ('url = "https://x"\ncommand = ["x"]', "notifications.0: needs one of url, url_env and command"),
        ('command = ["x"]\ntoken_env = "T"', "notifications.0: token_env goes with a webhook"),
        ('command = ["x"]\non = ["done"]', "notifications.0.on.0: "),
        ('command = ["x"]\non = []', "notifications.0.on: "),
        ('url_env = "https://hooks"', "notifications.0.url_env: "),
        ('command = ["x"]\nservices = ["wbe"]', "notifications.0.services: there is no service wbe"),
    ],
)
def test_a_wrong_one_is_refused_in_the_config(text: str, complaint: str) -> None:
    with pytest.raises(ConfigError) as refused:
        config_file.parse(tomllib.loads(f"[[notifications]]\n{text}\n{GOOD}"))

    assert complaint in str(refused.value)


def test_a_label_has_nothing_of_the_url_but_its_host() -> None:
    config = config_file.parse(
        tomllib.loads(f'[[notifications]]\nurl = "https://ann:pw@hooks.example.org/services/secret"\n{GOOD}')
    )

    assert config.notifications[0].label == "hooks.example.org"


@pytest.mark.parametrize(
    ("given", "label"),
    [
        ({"url": "https://hooks.example.org/secret"}, "hooks.example.org"),
        ({"url_env": "CHAT_URL"}, "$CHAT_URL"),
        ({"command": ["/usr/bin/notify", "secret"]}, "/usr/bin/notify"),
    ],
)
def test_a_receiver_is_called_by_what_is_not_secret(given: dict[str, object], label: str) -> None:
    assert NotificationSettings.model_validate(given).label == label


def test_a_receiver_is_told_of_its_kinds_and_of_its_services_or_of_all() -> None:
    every = NotificationSettings.model_validate({"command": ["x"], "on": ["failed"]})
    some = NotificationSettings.model_validate({"command": ["x"], "on": ["failed"], "services": ["web"]})

    assert every.wants("web", Kind.FAILED) and every.wants("api", Kind.FAILED)
    assert some.wants("web", Kind.FAILED) and not some.wants("api", Kind.FAILED)
    assert not every.wants("web", Kind.SUCCEEDED)
