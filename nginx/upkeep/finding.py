"""What is live, by all that can be asked: each nginx, its file, what was confirmed, the record, what runs."""

from collections.abc import Mapping, Sequence

from bluegreen.deployment.maintenance import Maintenance
from bluegreen.deployment.proxy import Marker
from bluegreen.deployment.record import Deployment
from bluegreen.deployment.runtime import Runtime
from bluegreen.deployment.states import Color
from bluegreen.deployment.upkeep import Found
from nginx.file.damage import Known, damages, known
from nginx.file.judgement import by_what_runs, named_color
from nginx.file.kept import Kept
from nginx.file.marker import parse
from nginx.live import Seen, agreed, look_at_all
from nginx.proxy import Proxy
from nginx.upstream import addresses_of


def find_live(
    service: str,
    proxies: Sequence[Proxy],
    runtime: Runtime,
    kept: Kept,
    last: Deployment | None,
    chosen: Color | None,
    maintenance: Maintenance | None,
) -> Found:
    """See bluegreen.deployment.upkeep.Upkeep."""
    seen = look_at_all(proxies)
    confirmed = {label: text for label in seen if (text := kept.confirmed(label)) is not None}
    was = known(confirmed, last)
    damaged = damages(seen, was, confirmed)
    agreement = agreed(service, {label: _believed(each, label in damaged) for label, each in seen.items()})
    color, release = (
        (agreement.color, agreement.release)
        if agreement
        else _judge(service, proxies, runtime, seen, was, damaged, chosen)
    )
    markers = [each.served for each in seen.values()] + [each.said for each in seen.values()]
    markers += [parse(text) for text in confirmed.values()]
    orders = [(was.generation, 1) if was else (0, 0), *(each.order for each in markers if each)]
    wrong = {**_with_another_page(seen, maintenance), **_apart(seen), **damaged}
    return Found(seen, color, release, wrong, max(orders), agreement is not None)


def _judge(
    service: str,
    proxies: Sequence[Proxy],
    runtime: Runtime,
    seen: Mapping[str, Seen],
    was: Known | None,
    damaged: Mapping[str, str],
    chosen: Color | None,
) -> tuple[Color | None, str | None]:
    """Where no proxy says it. A guess, by where the files lead, is made before the first success alone."""
    if chosen:
        return chosen, runtime.look(chosen).release
    addresses = {
        proxy.label: {color: addresses_of(proxy.settings, runtime, color) for color in Color} for proxy in proxies
    }
    named = named_color(seen, addresses)
    if was is None:
        return named, None
    running = {color: runtime.look(color) for color in Color}
    return by_what_runs(service, was, damaged, named, running)


def _believed(seen: Seen, is_damaged: bool) -> Marker | None:
    return seen.served or (None if is_damaged else seen.said)


def _apart(seen: Mapping[str, Seen]) -> dict[str, str]:
    """Files that name another colour than their nginx serves.

    Such a file was left by a deployment that was unlocked, or that Redis forgot, between its write and its reload:
    any reload would take it up.
    """
    return {
        label: f"named {each.said.color}, and nginx serves {each.served.color}"
        for label, each in seen.items()
        if each.served and each.said and each.served.color is not each.said.color
    }


def _with_another_page(seen: Mapping[str, Seen], maintenance: Maintenance | None) -> dict[str, str]:
    """Files of ours whose maintenance is not the one that shall be on."""
    wanted = maintenance.digest if maintenance else None
    what = (
        "has not the page of the maintenance that is on"
        if wanted
        else "has the page of a maintenance that is over"
    )
    said = {label: each.said for label, each in seen.items()}
    return {label: what for label, each in said.items() if each and each.color and each.maintenance != wanted}
