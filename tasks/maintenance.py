"""Turns a service's maintenance on and off, and has every proxy as the host keeps it."""

import secrets
from collections.abc import Callable
from datetime import datetime

from bluegreen import failpoints
from bluegreen.deployment.cancellation import Cancellation
from bluegreen.deployment.errors import PhaseFailed, Superseded, UsageError
from bluegreen.deployment.maintenance import Maintenance
from bluegreen.settings.service import ServiceSettings
from bluegreen.store import maintenances
from bluegreen.store.clock import redis_time
from bluegreen.store.deployments import Store
from bluegreen.traffic.maintenance_file import MaintenanceFile
from bluegreen.traffic.maintenance_page import page_of
from bluegreen.traffic.site import Site
from tasks.context import PhaseContext


def draft(
    settings: ServiceSettings,
    since: datetime,
    requested_by: str,
    message: str | None = None,
    allow: tuple[str, ...] = (),
    freeze_passed: str | None = None,
    deployment_id: str | None = None,
) -> Maintenance:
    """A maintenance by the service's settings. ConfigError where its page cannot be shown."""
    return Maintenance(
        since=since,
        requested_by=requested_by,
        message=message,
        allow=tuple(dict.fromkeys((*settings.maintenance.allow, *allow))),
        retry_after=settings.maintenance.retry_after,
        page=page_of(settings.maintenance, message),
        secret=secrets.token_hex(16),
        freeze_passed=freeze_passed,
        deployment_id=deployment_id,
    )


def turn(
    site: Site,
    store: Store,
    wanted: Maintenance | None,
    cancellation: Cancellation,
    is_free: Callable[[], bool] = lambda: True,
) -> None:
    """Afterwards this maintenance is on, or none, and every proxy has confirmed it; one that is down has its file.

    Where a proxy refuses, all is as it was, and the error says why. UsageError where nothing is live yet.
    `is_free`: whether no deployment is in hand but the caller's.
    """
    file = MaintenanceFile.of(site.settings)
    before = file.read()
    if wanted and not any(each.said and each.said.color for each in site.router.observe().values()):
        raise UsageError(
            f"{site.name}: nothing of bluegreen's is live yet",
            advice="A maintenance begins after a first deployment.",
        )
    cancellation.check()
    file.write(wanted)
    try:
        if not site.upkeep.restate(wanted, cancellation, is_free):
            raise PhaseFailed(f"{site.name}: a switch is under way", advice="Ask again in a few seconds.")
    except Superseded:
        raise  # what is on is the successor's affair
    except Exception:
        file.write(before)
        raise
    maintenances.announce(store.redis, store.installation, site.name, wanted)


def bring_into_line(site: Site, cancellation: Cancellation, is_free: Callable[[], bool]) -> bool:
    """Afterwards each proxy has the page that the host keeps, or none, unless a switch is under way.

    False: there was nothing to do.
    """
    maintenance = site.maintenance()
    wanted = maintenance.digest if maintenance else None
    markers = [each for seen in site.router.observe().values() for each in (seen.said, seen.served)]
    if all(each is None or each.color is None or each.maintenance == wanted for each in markers):
        return False
    return site.upkeep.restate(maintenance, cancellation, is_free)


def begin(context: PhaseContext) -> None:
    """Turn it on for a deployment that wants to go on underneath, and let the last requests be answered.

    One that is on already stays as it is, and stays on afterwards.
    """
    deployment = context.deployment
    if not deployment.under_maintenance or deployment.from_color is None:
        return
    on = context.site.maintenance()
    if on is not None and on.deployment_id != deployment.id:
        context.report(f"maintenance is on already, {on.words}")
        return
    if on is None:
        since = redis_time(context.store.redis)
        on = draft(context.service, since, deployment.requested_by, deployment_id=deployment.id)
        context.note(maintenance_since=since)
    with failpoints.around("turn on maintenance"):
        turn(context.site, context.store, on, context)
    context.report("maintenance is on: users get a page, and 503")
    context.router.drain(context.router.retiring(), context.service.drain.timeout, context)


def end(context: PhaseContext) -> None:
    """Turn off what `begin` has turned on; also where a worker was killed on the way to that."""
    deployment, on = context.deployment, context.site.maintenance()
    if deployment.maintenance_since is None or deployment.maintenance_until is not None:
        return
    if on is not None and on.deployment_id != deployment.id:
        return
    with failpoints.around("turn off maintenance"):
        turn(context.site, context.store, None, context)
    context.note(maintenance_until=redis_time(context.store.redis))
    context.report("maintenance is off: users reach the application again")
