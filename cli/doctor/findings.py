"""What a check says: what it found, how bad that is, and how to fix it."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from bluegreen.deployment.errors import BlueGreenError
from bluegreen.deployment.redaction import presentable


class Verdict(StrEnum):
    """How bad it is."""

    OK = "ok"
    #: deployments work, and could do better
    ADVICE = "advice"
    #: it could not be found out, and nothing says that it is wrong
    UNKNOWN = "unknown"
    #: a deployment fails, or can lose something
    WRONG = "wrong"


class Advice(BlueGreenError):
    """A check's word for what works and could do better."""


class Unknown(BlueGreenError):
    """A check's word for what it cannot find out."""


@dataclass(frozen=True)
class Check:
    """One question. `look` returns what it saw when all is well, and raises BlueGreenError when it is not."""

    about: str
    name: str
    look: Callable[[], str]


@dataclass(frozen=True)
class Finding:
    """What a check has found; unless all is well, `fix` says what to do."""

    about: str
    check: str
    verdict: Verdict
    what: str
    saw: str = ""
    fix: str = ""


def find(check: Check) -> Finding:
    """Look; whatever is raised on purpose is an answer, too."""
    try:
        return Finding(check.about, check.name, Verdict.OK, presentable(check.look()))
    except BlueGreenError as error:
        return Finding(check.about, check.name, _verdict(error), error.what, error.saw, error.advice)


def _verdict(error: BlueGreenError) -> Verdict:
    if isinstance(error, Advice):
        return Verdict.ADVICE
    return Verdict.UNKNOWN if isinstance(error, Unknown) else Verdict.WRONG
