"""What may be shown: no secret of a URL, and nothing that a terminal would act upon."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bluegreen.deployment.errors import BlueGreenError, Busy
from bluegreen.deployment.event import Event, EventKind
from bluegreen.deployment.record import Deployment, Failure, PhaseRecord, now
from bluegreen.deployment.redaction import presentable, url_without_secrets, without_controls, without_secrets
from bluegreen.deployment.states import Phase, PhaseState
from bluegreen.store.refusals import ADVICE

pytestmark = pytest.mark.unit

SECRET = "s3cretS3CRET"
URLS = (
    *(f"redis://:{SECRET}@host:6379/0", f"redis://user:{SECRET}@host", f"redis://:pa/{SECRET}@host"),
    *(
        f"redis://:pa#{SECRET}@host",
        f"redis://:p@{SECRET}/w#rd%41+x@host:1/0",
        f"redis://host/0?password={SECRET}",
    ),
    *(
        f"https://{SECRET}@host/x.git",
        f"https://{SECRET}:x-oauth-basic@host/x.git",
        f"https://oauth2:{SECRET}@host/x",
    ),
    *(f"https://host/x.git?access_token={SECRET}&a=b", f"https://host/?a=b&private-token={SECRET}"),
    *(f"https://user:{SECRET}@host/a", f"rediss://:{SECRET}@[::1]:6379/0", f"https://u%40x:{SECRET}@host"),
)
HARMLESS = (
    *(
        "redis://127.0.0.1:6379/0",
        "nonsense",
        "http://[::1]:8000/health",
        "https://host:8080/a?b=c@d",
        "a://",
        "://",
    ),
    *(
        "docker-image://registry:5000/app@sha256:abc",
        "git@github.com:org/web.git",
        "https://host/a@b",
        "redis://host?db=3",
    ),
)
WORDS = st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Zs", "Zl", "Zp", "Cc")), max_size=12)


@pytest.mark.parametrize("url", URLS)
def test_a_urls_secret_is_never_shown_alone_or_in_a_text(url: str) -> None:
    for shown in (
        url_without_secrets(url),
        without_secrets(f"fatal: '{url}' and {url}, or a={url},b={url}: 12@3"),
    ):
        assert SECRET not in shown
        assert "host" in shown or "[::1]" in shown


@pytest.mark.parametrize("url", HARMLESS)
def test_a_url_without_one_is_shown_as_it_is(url: str) -> None:
    assert url_without_secrets(url) == url
    assert without_secrets(f"see {url}, {url}") == f"see {url}, {url}"


def test_a_url_by_itself_may_have_a_blank_in_its_password() -> None:
    assert url_without_secrets("redis://:p@ss/w#rd x y&z@host:1/0") == "redis://***@host:1/0"


@settings(deadline=None)
@given(st.text(), st.sampled_from(URLS), WORDS, st.text())
def test_whatever_stands_around_a_url_its_secret_is_hidden(before: str, url: str, path: str, after: str) -> None:
    shown = presentable(f"{before}\n{url}/{path} {after}")

    assert SECRET not in shown
    assert presentable(shown) == shown, "what was shown is shown the same again"


@settings(deadline=None)
@given(st.text(), st.sampled_from("\x1b\x9b\x00\x07\x08\x0b\x7f\x85\u202e\r"), st.text())
def test_no_control_reaches_a_terminal_and_what_can_be_printed_stays(
    before: str, control: str, after: str
) -> None:
    shown = without_controls(f"{before}{control}{after}")

    assert not any((ord(sign) < 32 and sign not in "\n\t") or 127 <= ord(sign) < 160 for sign in shown)
    assert without_controls(shown) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[31mred\x1b[0m", "red"),
        ("\x1b]0;a title\x07rest", "rest"),
        ("\x1b]8;;http://evil\x1b\\link\x1b]8;;\x1b\\", "link"),
        ("10 %\r50 %\r\nend\n", "10 %\n50 %\nend\n"),
        ("\x1b(Bplain \x1b=\x9b2Jtext", "plain text"),
        ("gr\u00fcn \u2192 \U0001f600\tweiter", "gr\u00fcn \u2192 \U0001f600\tweiter"),
    ],
)
def test_what_terminals_act_upon_is_taken_out_whole(text: str, shown: str) -> None:
    assert without_controls(text) == shown


def test_errors_events_and_records_are_doors() -> None:
    raw, clean = f"a\x1b[2J https://{SECRET}@host", "a https://***@host"

    error = Busy(raw, raw, raw, "web-1")
    assert (error.what, error.saw, error.advice, error.args) == (
        clean,
        clean,
        clean,
        (clean, clean, clean, "web-1"),
    )
    assert str(BlueGreenError(raw)) == Event(EventKind.NOTE, data={"text": raw}).data["text"] == clean
    failure = Failure(phase=Phase.CHECKOUT, what=raw, saw=raw, advice=raw)
    assert {failure.what, failure.saw, failure.advice} == {clean}
    entry = PhaseRecord(name=Phase.CHECKOUT, state=PhaseState.DONE, started=now(), message="x")
    assert entry.with_(message=raw).message == clean
    assert PhaseRecord.from_json(entry.as_json().replace('"x"', '"\\u001b[2Jx"')).message == "x"


def test_a_record_is_one_for_what_users_and_later_trouble_put_into_it() -> None:
    raw, clean = f"a\x1b[2J https://host/?token={SECRET}", "a https://host/?token=***"
    deployment = Deployment(
        id="web-1", service="web", installation="here", generation=1, requested_at=now(), requested_by=raw
    )

    changed = deployment.with_(warnings=("w", raw), request_url=raw, freeze_passed=raw, abort_requested_by=raw)

    assert SECRET not in changed.as_json() and changed.warnings == ("w", clean)
    assert {changed.requested_by, changed.request_url, changed.freeze_passed, changed.abort_requested_by} == {
        clean
    }


def test_an_option_of_a_path_alone_is_hidden_too() -> None:
    said = f"Max retries exceeded with url: /hook?token={SECRET} (Caused by ...)"

    assert without_secrets(said) == "Max retries exceeded with url: /hook?token=*** (Caused by ...)"


def test_an_advice_of_ours_is_shown_as_it_was_written() -> None:
    assert [presentable(each) for each in ADVICE.values()] == list(ADVICE.values())
