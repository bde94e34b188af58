"""Counts the lines of an access log. Pure."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from bluegreen.deployment.machine import LogChunk
from bluegreen.deployment.receipt import (
    PAGE,
    UNKNOWN,
    AccessLog,
    LogCount,
    Previews,
    Tally,
    is_failure,
    is_good,
    longest,
)
from bluegreen.http import USER_AGENT
from nginx.logs.access_log import reader


@dataclass(frozen=True)
class Line:
    """One request to the service."""

    status: str
    color: str
    #: when it was answered, in seconds since 1970, and how many that took; None where the log does not say
    moment: float | None
    took: float | None
    #: it is one of our own
    is_probe: bool

    @property
    def began(self) -> float | None:
        return None if self.moment is None or self.took is None else self.moment - self.took


def counted(
    count: LogCount, piece: LogChunk, addresses: Mapping[str, str], previews: Previews | None = None
) -> LogCount:
    """The count with this piece of its log added to it. Lines of another format, and previews, are no requests."""
    found = _ours(count.log, piece, addresses)
    lines = [line for line in found if previews is None or not previews.have(line.color, line.began)]
    # What was lost before this piece may have been answers: nothing is known of a gap there.
    last, gap = _longest_gap(lines, count.last if piece.whole else None)
    tally = _tally(line for line in lines if not line.is_probe)
    return count.with_(mark=piece.mark, last=last, tally=count.tally.plus(tally.with_(longest_gap=gap)))


def _ours(log: AccessLog, piece: LogChunk, addresses: Mapping[str, str]) -> Iterator[Line]:
    read = reader(log.format)
    for written, text in piece.lines:
        values = read(text)
        if values is None:
            continue
        color = _color(values.get("upstream_addr", ""), addresses)
        if color == PAGE or (log.shared and not color):
            continue
        yield Line(
            status=values["status"],
            color=color or UNKNOWN,
            moment=_number(values.get("msec")) or written,
            took=_number(values.get("request_time")),
            is_probe=values.get("http_user_agent") == USER_AGENT,
        )


def _longest_gap(lines: Iterable[Line], last: float | None) -> tuple[float | None, float | None]:
    """When the last good answer was, and the longest time without one, up to the last line.

    Probes count: where they are answered, silence of the users is no gap. Before the first good answer it counts
    from the first line.
    """
    gap = None
    for line in lines:
        if line.moment is None:
            continue
        last = line.moment if last is None else last
        gap = longest(gap, 0.0, round(line.moment - last, 3))
        if is_good(line.status):
            last = max(last, line.moment)  # several workers write: a line may be older than the one before
    return last, gap


def _tally(lines: Iterable[Line]) -> Tally:
    answers: defaultdict[str, Counter[str]] = defaultdict(Counter)
    failed, slowest = 0, None
    for line in lines:
        answers[line.color][line.status] += 1
        failed += is_failure(line.status)
        # a WebSocket's time is how long it was open
        slowest = longest(slowest, None if line.status == "101" else line.took)
    return Tally(answers=answers, failed=failed, slowest=slowest)


def _color(upstream: str, addresses: Mapping[str, str]) -> str | None:
    """Of the addresses that were tried, the last one whose colour is known; None when none of them is ours."""
    tried = (_named(each, addresses) for each in reversed(re.split(r", | : ", upstream)))
    ours = [each for each in tried if each]
    return next((each for each in ours if each != UNKNOWN), ours[0] if ours else None)


def _named(address: str, addresses: Mapping[str, str]) -> str | None:
    host, _, port = address.rpartition(":")
    return addresses.get(address) or addresses.get(host.strip("[]")) or addresses.get(f":{port}")


def _number(text: str | None) -> float | None:
    return float(text) if text and re.fullmatch(r"\d+(\.\d+)?", text) else None
