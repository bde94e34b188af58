"""Counts, and what they come to."""

import pytest

from bluegreen.deployment.receipt import NO_ANSWER, AccessLog, LogCount, ProxyReceipt, Receipt, Tally
from bluegreen.deployment.states import Color
from cli.output.receipt import details, summary

pytestmark = pytest.mark.unit

USERS = Tally(
    answers={"blue": {"200": 1000, "502": 2}, "green": {"200": 3000, "500": 1}, "unknown": {"404": 5}},
    failed=3,
    longest_gap=0.011,
    slowest=2.1,
)
PROBES = Tally(answers={"unknown": {"200": 100}}, longest_gap=0.061, slowest=0.02)


def receipt(users: Tally = USERS, probes: Tally = PROBES, **fields: object) -> Receipt:
    count = LogCount(log=AccessLog(path="/access.log"), mark="1 2", tally=users)
    return Receipt(proxies={"proxy": ProxyReceipt(logs=(count,), probes=probes, **fields)})


def test_tallies_add_up_and_subtract() -> None:
    twice = USERS.plus(USERS)

    assert (twice.total, twice.failed, twice.longest_gap) == (8016, 6, 0.011)
    assert twice.since(USERS).answers == USERS.answers
    assert USERS.since(USERS).answers == {}


def test_a_colour_answers_for_itself_and_for_what_nobody_is_known_to_have_answered() -> None:
    assert (USERS.of(Color.GREEN).total, USERS.of(Color.GREEN).failed) == (3006, 1)
    assert (USERS.of(Color.BLUE).total, USERS.of(Color.BLUE).failed) == (1007, 2)


def test_what_is_written_is_read_back() -> None:
    assert Receipt.from_json(receipt().as_json()) == receipt()


def test_the_sums_are_shown_beside_what_is_written() -> None:
    assert receipt().sums == {
        "requests": 4008,
        "failed": 3,
        "probes": 100,
        "probes_failed": 0,
        "longest_gap": 0.011,
        "slowest": 2.1,
        "complete": True,
    }


def test_the_summary_is_one_line() -> None:
    assert summary(receipt()) == "3 of 4,008 requests failed, longest gap 11 ms"


def test_probes_speak_where_no_log_does_and_when_they_failed() -> None:
    bad = PROBES.plus(Tally(answers={"unknown": {NO_ANSWER: 4}}, failed=4, longest_gap=1.234))

    assert summary(receipt(Tally())) == "0 of 100 probes failed, longest gap 61 ms"
    assert summary(receipt(probes=bad)) == (
        "3 of 4,008 requests failed and 4 of 104 probes failed, longest gap 1.2 s"
    )
    assert summary(receipt(Tally(), Tally(), notes=("no log",))) == "no request was seen (not all could be seen)"


def test_what_a_reload_may_have_cut_is_told_beside_what_a_log_has() -> None:
    seen = receipt()
    cut = seen.with_(proxies={"proxy": seen.proxies["proxy"].with_(may_cut=1200, reload="nginx 1.22.1 closes")})

    assert summary(cut) == f"{summary(seen)}, up to 1,200 kept connections cut" and cut.complete
    assert "proxy: nginx 1.22.1 closes" in details(cut)


def test_what_was_not_seen_is_told() -> None:
    partly = receipt(notes=("/access.log: it was rotated",)).with_(lost=("some probes",))

    assert summary(partly).endswith("(not all could be seen)") and not partly.complete
    assert list(details(partly)) == [
        "proxy: /access.log: blue 1,000 x 200, 2 x 502; green 3,000 x 200, 1 x 500; 5 x 404; "
        "longest gap 11 ms; slowest 2.1 s",
        "proxy: own probes: 100 x 200; longest gap 61 ms; slowest 20 ms",
        "proxy: not seen: /access.log: it was rotated",
        "lost: some probes",
    ]


@pytest.mark.parametrize(
    ("failed", "in_log", "of_probes", "gap"), [(0, 0.011, 2.5, 0.011), (1, 0.011, 2.5, 2.5), (1, 3.5, 2.5, 3.5)]
)
def test_probes_that_failed_may_have_seen_a_longer_gap_than_the_log(
    failed: int, in_log: float, of_probes: float, gap: float
) -> None:
    seen = receipt(USERS.with_(longest_gap=in_log), PROBES.with_(failed=failed, longest_gap=of_probes))

    assert seen.longest_gap == gap


def test_two_logs_know_nothing_of_each_others_gaps() -> None:
    count = receipt().proxies["proxy"].logs[0]
    both = ProxyReceipt(logs=(count, count), probes=PROBES)

    assert both.longest_gap == PROBES.longest_gap
