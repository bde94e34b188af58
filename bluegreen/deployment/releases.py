"""Which releases were live, by a service's history: what a rollback may be to, and over which migrations. Pure.

A history is a sequence of deployments, oldest first.
"""

import itertools
from collections.abc import Sequence
from datetime import datetime, timedelta

from bluegreen.deployment.errors import UsageError
from bluegreen.deployment.record import Deployment, Release
from bluegreen.deployment.states import Phase, State
from bluegreen.deployment.value import Value

#: releases that an error names at most
NAMED = 10


class Stay(Value, frozen=True):
    """A release that was live, and when it was so last."""

    release: Release
    #: the deployment that brought it then, or brought it once more
    deployment_id: str
    since: datetime
    #: when another release took its place; None: none has
    until: datetime | None = None


def stays(history: Sequence[Deployment]) -> tuple[Stay, ...]:
    """Every release that a deployment has made live, each once, the last one first."""
    found: list[Stay] = []
    for each in history:
        if each.state is not State.SUCCEEDED or each.release is None:
            continue
        since = _switched_at(each)
        if found and found[-1].release.name == each.release.name:
            since = found.pop().since
        elif found:
            found[-1] = found[-1].with_(until=since)
        found.append(Stay(release=each.release, deployment_id=each.id, since=since))
    newest: dict[str, Stay] = {}
    for stay in reversed(found):
        newest.setdefault(stay.release.name, stay)
    return tuple(newest.values())


def previous(history: Sequence[Deployment], live: str) -> Release | None:
    """What the release of that name took the place of, when it became live last; None where nothing is known.

    It may have been deployed again since: that took the place of no other one.
    """
    for each in reversed(history):
        if each.release and each.release.name == live and each.from_release and each.from_release.name != live:
            return each.from_release
    return None


def lived(service: str, history: Sequence[Deployment], name: str) -> Release:
    """The release of that name; UsageError unless a deployment has made it live."""
    known = stays(history)
    if found := next((stay.release for stay in known if stay.release.name == name), None):
        return found
    names = [stay.release.name for stay in known]
    more = f", and {len(names) - NAMED} more" if len(names) > NAMED else ""
    raise UsageError(
        f"{service}: no deployment is known that has made a release {name} live",
        f"releases that were live, the last one first: {', '.join(names[:NAMED]) or 'none'}{more}",
        f"What can be gone back to: bluegreen releases {service}",
    )


def crossed(history: Sequence[Deployment], to: str | None) -> tuple[str, ...]:
    """The releases whose migrations do not go back, and ran since the one named `to` became live; oldest first.

    None: what served before the first one.
    """
    since = itertools.takewhile(lambda each: not _made_live(each, to), reversed(history))
    names = [each.release.name for each in since if each.irreversible and each.release]
    return tuple(dict.fromkeys(reversed(names)))


def refuse_crossing(
    service: str, history: Sequence[Deployment], to: str | None, anyway: str | None
) -> tuple[str, ...]:
    """The same; UsageError where there are any, and nobody says why it is gone back all the same (`anyway`)."""
    over = crossed(history, to)
    if over and anyway is None:
        name, option = (to, f" --to {to}") if to else ("what served before the first deployment", "")
        raise UsageError(
            f"{service}: a rollback to {name} goes over migrations that are marked as not going back",
            f"they ran for {', '.join(over)}, after {name} was live; a rollback leaves the database as it is",
            f'If {name} works with that: bluegreen rollback {service}{option} --anyway "why". '
            f"Else deploy a version that does: bluegreen deploy {service} --ref REF",
        )
    return over


def _made_live(deployment: Deployment, name: str | None) -> bool:
    release = deployment.release
    return deployment.state is State.SUCCEEDED and release is not None and release.name == name


def _switched_at(deployment: Deployment) -> datetime:
    """When users got it."""
    switch = deployment.phase_record(Phase.SWITCH_TRAFFIC)
    if switch is None:
        return deployment.finished_at or deployment.requested_at
    return switch.started + timedelta(seconds=switch.seconds or 0)
