"""A receipt in words."""

from collections.abc import Iterator

from bluegreen.deployment.receipt import UNKNOWN, ProxyReceipt, Receipt, Tally


def summary(receipt: Receipt) -> str:
    """One line: "0 of 4,212 requests failed, longest gap 11 ms"."""
    requests, probes = receipt.counted, receipt.probed
    failed = [_describe_failures(requests, "requests")] if requests.total else []
    if probes.failed or not requests.total:
        failed.append(_describe_failures(probes, "probes") if probes.total else "no request was seen")
    gap = f", longest gap {_time(receipt.longest_gap)}" if receipt.longest_gap is not None else ""
    cut = sum(proxy.may_cut or 0 for proxy in receipt.proxies.values())
    gap += f", up to {cut:,} kept connections cut" if cut else ""
    return " and ".join(failed) + gap + ("" if receipt.complete else " (not all could be seen)")


def details(receipt: Receipt) -> Iterator[str]:
    """What was seen where, and what was not."""
    for label, proxy in receipt.proxies.items():
        yield from (f"{label}: {line}" for line in _describe_proxy(proxy))
        yield from (f"{label}: {each}" for each in (proxy.reload,) if each)
        yield from (f"{label}: not seen: {note}" for note in proxy.notes)
    yield from (f"lost: {each}" for each in receipt.lost)


def _describe_proxy(proxy: ProxyReceipt) -> Iterator[str]:
    for count in proxy.logs:
        yield f"{count.log.path}: {_describe_tally(count.tally)}"
    if proxy.probes.total:
        yield f"own probes: {_describe_tally(proxy.probes)}"


def _describe_tally(tally: Tally) -> str:
    """ "blue 1,204 x 200, 3 x 404; green 9 x 200; longest gap 11 ms; slowest 2.0 s" """
    parts = [
        ("" if color == UNKNOWN else f"{color} ")
        + ", ".join(f"{number:,} x {status}" for status, number in sorted(counts.items()))
        for color, counts in sorted(tally.answers.items())
    ]
    times = (("longest gap", tally.longest_gap), ("slowest", tally.slowest))
    parts += [f"{name} {_time(seconds)}" for name, seconds in times if seconds is not None]
    return "; ".join(parts) or "nothing"


def _describe_failures(tally: Tally, what: str) -> str:
    return f"{tally.failed:,} of {tally.total:,} {what} failed"


def _time(seconds: float | None) -> str:
    assert seconds is not None
    return f"{seconds * 1000:.0f} ms" if seconds < 1 else f"{seconds:.1f} s"
