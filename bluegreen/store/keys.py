"""Every Redis key, in one place. ARCHITECTURE.md shows the same to people."""

PREFIX = "bluegreen:"


def deployment(deployment_id: str) -> str:
    """The record, JSON."""
    return f"{PREFIX}deployment:{deployment_id}"


def events(deployment_id: str) -> str:
    """A stream: what happened."""
    return f"{PREFIX}deployment:{deployment_id}:events"


def lease(deployment_id: str) -> str:
    """Who runs the phase in hand; a few seconds to live."""
    return f"{PREFIX}deployment:{deployment_id}:alive"


def service(installation: str, name: str) -> str:
    """A hash: `holder` (the deployment in hand), `generation`, `live` (the deployment that serves)."""
    return f"{PREFIX}service:{installation}:{name}"


def history(installation: str, name: str) -> str:
    """A list of deployment ids, newest last."""
    return f"{service(installation, name)}:history"


def owners() -> str:
    """A hash: service → JSON of the installation that it lives on."""
    return f"{PREFIX}owners"


def workers() -> str:
    """A hash: worker name → JSON of its installation, the services it serves and until when that is believed."""
    return f"{PREFIX}hosts"


def calls() -> str:
    """The list in which the broker keeps requests that come as Celery tasks: any worker passes them on."""
    return f"{PREFIX}calls"


def requests(installation: str, kind: str) -> str:
    """A stream: what clients ask an installation for, each kind by itself. The only keys that a client writes."""
    return f"{PREFIX}requests:{installation}:{kind}"


def answer(kind: str, request: str) -> str:
    """A stream of one entry: what became of a request; an hour to live at most."""
    return f"{PREFIX}answers:{kind}:{request}"


def queue(installation: str) -> str:
    """The list in which the broker keeps the messages for an installation: only its workers look there."""
    return f"{PREFIX}queue:{installation}"


def schedule_cursor(installation: str, name: str) -> str:
    """Up to when the service's schedule is decided, JSON."""
    return f"{service(installation, name)}:schedule"


def beat(installation: str) -> str:
    """The beat that looked at the installation's schedules last; a few seconds to live."""
    return f"{PREFIX}beat:{installation}"


def notifications(installation: str, name: str) -> str:
    """A list of the service's notifications that are due, oldest first."""
    return f"{service(installation, name)}:notifications"


def sender(installation: str, name: str) -> str:
    """The worker that sends the notifications; the key expires a while after that worker was killed."""
    return f"{notifications(installation, name)}:sender"


def counters(installation: str, name: str) -> str:
    """A hash: what the service's deployments came to, added up when each ends."""
    return f"{service(installation, name)}:counts"


def observation(installation: str, name: str) -> str:
    """What a worker has last seen of the service, JSON; it goes once no worker looks."""
    return f"{service(installation, name)}:seen"


def maintenance(installation: str, name: str) -> str:
    """The maintenance of the service that is on, JSON, as anybody may read it."""
    return f"{service(installation, name)}:maintenance"


def nothing() -> str:
    """What is never there: to write it only where it is there shows whether Redis takes writes."""
    return f"{PREFIX}nothing"


def trial(name: str) -> str:
    """What `doctor` writes, and takes away again, to see whether that can be done."""
    return f"{PREFIX}doctor:{name}"
