"""Every Redis key, in one place. ARCHITECTURE.md shows the same to people."""

PREFIX = "bluegreen:"


def record(deployment: str) -> str:
    """The record, JSON."""
    return f"{PREFIX}deployment:{deployment}"


def events(deployment: str) -> str:
    """A stream: what happened."""
    return f"{PREFIX}deployment:{deployment}:events"


def lease(deployment: str) -> str:
    """Who runs the phase in hand; a few seconds to live."""
    return f"{PREFIX}deployment:{deployment}:alive"


def service(name: str) -> str:
    """A hash: `holder` (the deployment in hand), `generation`, `live` (the deployment that serves)."""
    return f"{PREFIX}service:{name}"


def history(name: str) -> str:
    """A list of deployment ids, newest last."""
    return f"{PREFIX}service:{name}:history"


def workers() -> str:
    """A hash: worker name → JSON of the services it serves and until when that is believed."""
    return f"{PREFIX}hosts"


def queue(service: str) -> str:
    """The list in which the broker keeps the service's messages: only workers that serve it look there."""
    return f"{PREFIX}queue:{service}"
