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
    """A hash: worker name → JSON of its queue, the services it serves and until when that is believed."""
    return f"{PREFIX}hosts"


def requests() -> str:
    """The list in which the broker keeps requests that come as messages: any worker takes them."""
    return f"{PREFIX}requests"


def queue(host: str) -> str:
    """The list in which the broker keeps the messages for a deploy host: only its workers look there."""
    return f"{PREFIX}queue:{host}"


def timetable(name: str) -> str:
    """Up to when the service's schedule is decided, JSON."""
    return f"{PREFIX}service:{name}:schedule"


def beat() -> str:
    """The beat that looked at the schedules last; a few seconds to live."""
    return f"{PREFIX}beat"


def notices(name: str) -> str:
    """A list of what is to be told of the service's deployments, oldest first."""
    return f"{PREFIX}service:{name}:notices"


def teller(name: str) -> str:
    """The worker that tells them; it goes by itself a while after one that was killed."""
    return f"{PREFIX}service:{name}:notices:teller"


def counts(name: str) -> str:
    """A hash: what the service's deployments came to, added up when each ends."""
    return f"{PREFIX}service:{name}:counts"


def nothing() -> str:
    """What is never there: to write it only where it is there shows whether Redis takes writes."""
    return f"{PREFIX}nothing"


def trial(name: str) -> str:
    """What `doctor` writes, and takes away again, to see whether that can be done."""
    return f"{PREFIX}doctor:{name}"
