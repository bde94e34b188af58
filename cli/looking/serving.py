"""What users of a service get now: by nginx's own word where this machine can ask it, else by the records."""

from typing import Any

from bluegreen.deployment.errors import BlueGreenError
from bluegreen.deployment.record import Deployment
from bluegreen.store.records import Records
from cli.context import App


def serving(app: App, store: Records, service: str) -> dict[str, Any] | None:
    """Colour, release, since when and by which deployment; None when nothing is known to be live.

    `source` is "nginx", or "records" where there is no config file, or nginx cannot be asked. Of the records,
    `failed_since` names a deployment that failed after the last success: what it left, they do not know.
    """
    is_here = app.here is None or app.here.id == store.installation
    asked = (
        _asked_nginx(app, store, service) if is_here and app.config and service in app.config.services else None
    )
    if asked:
        return asked
    live, failed = store.live(service), store.failed_since(service)
    if live is None and failed is None:
        return None
    color, release = (live.to_color, live.release.name) if live and live.release else (None, None)
    return _describe("records", color, release, live) | {"failed_since": failed.id if failed else None}


def _asked_nginx(app: App, store: Records, service: str) -> dict[str, Any] | None:
    try:
        found = app.services.site(service, "status").look(store.live(service))
    except BlueGreenError:
        return None
    if not found.is_said:
        return None
    known = store.newest_of(service, found.release) if found.release else None
    return _describe("nginx", found.color, found.release, known) | {"failed_since": None}


def _describe(
    source: str, color: str | None, release: str | None, deployment: Deployment | None
) -> dict[str, Any]:
    return {
        "color": color,
        "release": release,
        "since": deployment.finished_at.isoformat() if deployment and deployment.finished_at else None,
        "deployment": deployment.id if deployment else None,
        "source": source,
    }
