"""Which visits count for what."""

import pytest

from bench.mixed import Round, report
from bench.mixed_users import Visit
from bench.results import Results

pytestmark = pytest.mark.unit


def quick(due: float, milliseconds: float, error: str | None = None) -> Visit:
    return Visit("get", due, milliseconds / 1000, error)


def test_quick_requests_count_before_or_after_the_switch_that_they_were_due_at() -> None:
    visits = [quick(8.9, 1), quick(9.1, 2), quick(9.9, 3), quick(10.0, 4), quick(11.1, 5), quick(19.5, 6)]
    seen = Round([*visits, Visit("slow", 9.5, 2.0, None)], began=[10.0, 20.0])

    assert seen.quick(-1.0, 0.0) == [2, 3, 6]
    assert seen.quick(0.0, 1.0) == [4]


def test_failures_count_whenever_they_were_and_the_ratio_is_of_all_rounds_together() -> None:
    calm = [quick(9 + each / 100, 10) for each in range(100)]
    switching = [quick(10 + each / 100, 14) for each in range(100)]
    rounds = [
        Round([quick(1.0, 1, "cut in the warm-up"), *calm, *switching], [10.0], [0.1]),
        Round([*calm, *switching, Visit("websocket", 12.0, 3.0, "cut")], [10.0], [0.1], undrained=1),
    ]
    measured = Results("abc1234", "2026-01-01 10:00 UTC", "2 cores")

    report(measured, {"plain reload": [Round(rounds[0].visits, [10.0], [0.1])], "bluegreen": rounds})

    failed, undrained, ratio = measured.limits
    assert (failed.value, undrained.value) == (2, 1)
    assert ratio.value == pytest.approx(1.4) and ratio.is_kept
