"""Which other services of the project belong to the release: its workers, its beat. Pure."""

import re
from collections.abc import Collection, Mapping
from typing import Any

from cli.adopt.draft import Value

Definition = Mapping[str, Any]

#: of which two would do everything twice
SCHEDULER = re.compile(r"beat|scheduler|cron|clock", re.IGNORECASE)
#: Celery's worker with a beat in it
EMBEDDED = {"-B", "--beat"}


def sections_of(
    services: Mapping[str, Definition], application: str, others: Collection[str]
) -> dict[str, dict[str, Value]]:
    """By the section's name, those of the other services that run the application's own code.

    `others`: what runs, and gets no requests from nginx.
    """
    own = services.get(application, {})
    reasons = {name: _reason(services.get(name, {}), own, application) for name in sorted(others)}
    return {
        _section_of(name): {"service": Value(name, *reason), **_alone(name, services[name])}
        for name, reason in reasons.items()
        if reason
    }


def strangers(services: Mapping[str, Definition], application: str, others: Collection[str]) -> list[str]:
    """Those that run Celery with another image: only a person knows whether they belong to the release."""
    ours = {each["service"].value for each in sections_of(services, application, others).values()}
    return sorted(name for name in set(others) - ours if "celery" in _words(services.get(name, {})))


def _reason(other: Definition, own: Definition, application: str) -> tuple[str, bool] | None:
    """Why it belongs to the release, and whether that is sure; None where it does not."""
    if other.get("image") and other.get("image") == own.get("image"):
        return f"runs the image of {application}", True
    one, another = (each.get("build") or {} for each in (other, own))
    if not one.get("context") or one.get("context") != another.get("context"):
        return None
    is_same = all(one.get(key) == another.get(key) for key in ("dockerfile", "target"))
    if is_same:
        return f"is built like {application}", True
    return f"is built of the folder of {application}: does it belong to the release?", False


def _alone(name: str, definition: Definition) -> dict[str, Value]:
    """Whether only one of it may run at a time."""
    words = _words(definition)
    if "celery" in words and ("beat" in words or EMBEDDED & set(words)):
        return {"overlap": Value(False, "a beat: never two of it")}
    if SCHEDULER.search(" ".join((name, *words))):
        return {"overlap": Value(False, "a scheduler? then never two of it", False)}
    if definition.get("ports"):
        return {"overlap": Value(False, "two cannot have its ports")}
    return {}


def _words(definition: Definition) -> list[str]:
    """What it runs, where its compose file says so; a path counts by its last part."""
    given = [*(definition.get("entrypoint") or ()), *(definition.get("command") or ())]
    return [word.rpartition("/")[2] for each in given for word in str(each).split()]


def _section_of(service: str) -> str:
    return re.sub(r"^[^A-Za-z0-9]+", "", service) or "worker"
