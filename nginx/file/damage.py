"""What somebody has done to a proxy file since a deployment: not ours any more is not never ours. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass

from bluegreen.deployment.proxy import Marker
from bluegreen.deployment.record import Deployment
from bluegreen.deployment.states import Color
from nginx.file.marker import parse
from nginx.file.upstream_names import leading
from nginx.live import Seen


@dataclass(frozen=True)
class Known:
    """What was live last, as far as this host or the record knows."""

    color: Color
    release: str | None
    generation: int
    #: the proxies that served it
    labels: frozenset[str]
    #: who says so
    source: str


def known(confirmed: Mapping[str, str], deployment: Deployment | None) -> Known | None:
    """By the texts that proxies were last confirmed to serve, by label, and the last deployment that succeeded.

    The newer one counts: a Redis, or a state folder, may be gone or be a backup's. None: nothing was live yet.
    """
    contents = [marker for text in confirmed.values() if (marker := parse(text)) and marker.color]
    newest = max(contents, key=lambda marker: marker.order, default=None)
    by_record = deployment if deployment and deployment.to_color else None
    if newest is None and by_record is None:
        return None
    labels = frozenset(confirmed) | frozenset(by_record.retired_by_switch if by_record else ())
    if newest and newest.color and (by_record is None or newest.generation >= by_record.generation):
        return Known(newest.color, newest.release, newest.generation, labels, "this host")
    assert by_record and by_record.to_color
    release = by_record.release.name if by_record.release else None
    return Known(by_record.to_color, release, by_record.generation, labels, f"the record of {by_record.id}")


def damages(seen: Mapping[str, Seen], known: Known | None, confirmed: Mapping[str, str]) -> dict[str, str]:
    """By the labels of proxies that served what is known: what somebody has done to the file, where he has."""
    if known is None:
        return {}
    found = {label: damage(seen[label], known, confirmed.get(label)) for label in seen if label in known.labels}
    return {label: what for label, what in found.items() if what}


def damage(seen: Seen, known: Known, confirmed: str | None) -> str | None:
    """What somebody has done to the file of a proxy that served what is known; None where it is as we left it."""
    if seen.text is None:
        return "is gone"
    if seen.said is None:
        return "is not ours any more"
    ours = parse(confirmed)
    if ours is None or confirmed is None:
        return _from_before(seen.said) if seen.said.generation < known.generation else None
    if seen.said.order < ours.order:
        return _from_before(seen.said)
    if seen.said.order == ours.order:
        return None if _same(seen.text, confirmed) else "was changed by somebody"
    return None if seen.served else "was written, and never seen to be taken up"


def _from_before(said: Marker) -> str:
    return f"is an old one, of generation {said.generation}"


def _same(one: str, two: str) -> bool:
    """But for line ends, and for the addresses of the name in it, which change by themselves."""
    return leading("\n".join(one.splitlines()), True, ()) == leading("\n".join(two.splitlines()), True, ())
