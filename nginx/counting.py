"""Counts the lines of an access log. Pure."""

import re
from collections import Counter, defaultdict
from collections.abc import Mapping

from deployment.machine import LogPiece
from deployment.probe import USER_AGENT
from deployment.receipt import UNKNOWN, LogCount, Tally, is_failure, longest
from deployment.states import Color
from nginx.accesslog import reader


def counted(count: LogCount, piece: LogPiece, addresses: Mapping[str, Color]) -> LogCount:
    """The count with this piece of its log added to it. Lines of another format are no requests."""
    read = reader(count.log.format)
    answers: defaultdict[str, Counter[str]] = defaultdict(Counter)
    # What was lost before this piece may have been answers: nothing is known of a gap there.
    last, gap, slowest = count.last if piece.whole else None, count.tally.longest_gap, None
    for written, line in piece.lines:
        values = read(line)
        if values is None:
            continue
        # Probes are answers, too: where they come, silence of the users is no gap.
        moment = _number(values.get("msec")) or written
        if moment is not None and not is_failure(values["status"]):
            gap = longest(gap, 0.0 if last is None else round(moment - last, 3))
            last = max(moment, last or 0.0)
        color = _color(values.get("upstream_addr", ""), addresses)
        if values.get("http_user_agent") == USER_AGENT or (count.log.shared and color == UNKNOWN):
            continue
        answers[color][values["status"]] += 1
        slowest = longest(slowest, _number(values.get("request_time")))
    failed = sum(number for counts in answers.values() for status, number in counts.items() if is_failure(status))
    tally = count.tally.plus(Tally(answers=answers, failed=failed, longest_gap=gap, slowest=slowest))
    return count.with_(mark=piece.mark, last=last, tally=tally)


def _color(upstream: str, addresses: Mapping[str, Color]) -> str:
    """Of several that were tried, the last has answered. A port tells where colours share one address."""
    last = re.split(r", | : ", upstream)[-1]
    host, _, port = last.rpartition(":")
    return addresses.get(host) or addresses.get(f":{port}") or UNKNOWN


def _number(text: str | None) -> float | None:
    return float(text) if text and re.fullmatch(r"\d+(\.\d+)?", text) else None
