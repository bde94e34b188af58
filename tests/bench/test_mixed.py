"""Which visits count for what."""

import pytest

from bench.mixed import report
from bench.mixed_round import KEPT, Cutover, Round
from bench.mixed_users import Visit
from bench.results import Results

pytestmark = pytest.mark.unit


def quick(due: float, milliseconds: float, error: str | None = None) -> Visit:
    return Visit("get", due, milliseconds / 1000, error)


def quick_ones(begin: float, end: float, milliseconds: float) -> list[Visit]:
    """A hundred a second."""
    return [quick(begin + each / 100, milliseconds) for each in range(round((end - begin) * 100))]


def test_quick_requests_count_where_they_were_due() -> None:
    visits = [
        *quick_ones(8, 9, 99),
        *quick_ones(9, 10, 1),
        *quick_ones(10, 11, 2),
        *quick_ones(11, 13, 3),
        *quick_ones(13, 14, 99),
        Visit("slow", 9.5, 2.0, None),
        *(Visit("newcomer", 9 + each / 100, 0.006, None) for each in range(400)),
    ]
    cutover = Cutover(10.0, 10.1, 13.0, True)
    disturbed = Cutover(8.0, 8.1, 14.0, True)
    seen = Round(visits, [disturbed, cutover], [cutover])

    assert [seen.before(KEPT), seen.during(KEPT), seen.ratio(KEPT)] == pytest.approx([1, 3, 3])
    assert [seen.before(), seen.at_first(), seen.during(), seen.ratio()] == pytest.approx([6, 6, 6, 1])


def test_failures_count_whenever_they_were_and_the_ratio_is_the_median_of_the_rounds() -> None:
    cutover = Cutover(10.0, 10.1, 12.0, True)
    rounds = [
        Round([*quick_ones(9, 10, 10), *quick_ones(10, 12, during)], [cutover], [cutover])
        for during in (14, 30, 12)
    ]
    rounds[0].visits = [quick(1.0, 1, "cut in the warm-up"), *rounds[0].visits]
    rounds[1].visits = [*rounds[1].visits, Visit("websocket", 12.0, 3.0, "cut")]
    rounds[2].cutovers = [Cutover(10.0, 10.1, 12.0, drained=False)]
    measured = Results("abc1234", "2026-01-01 10:00 UTC", "2 cores")

    report(measured, {"plain reload": rounds[:1], "bluegreen": rounds})

    failed, undrained, ratio = measured.limits
    assert (failed.value, undrained.value) == (2, 1)
    assert ratio.value == pytest.approx(1.4) and ratio.is_kept
