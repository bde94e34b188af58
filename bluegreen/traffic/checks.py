"""One request of the checks, and what is wrong with its answer."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from bluegreen import http
from bluegreen.http import Response
from bluegreen.settings.checks import CheckSettings
from bluegreen.settings.requests import accepts
from bluegreen.settings.service import HealthSettings

#: bytes of a body that are looked at
LOOKED_AT = 256 * 1024


@dataclass(frozen=True)
class Checked:
    """An answer, and what is wrong with it; empty where it is as it must be."""

    answer: Response
    problem: str


#: asks at a url as a check has it, with the headers of the health check
CheckRequest = Callable[[CheckSettings, str, HealthSettings], Checked]


def ask(check: CheckSettings, url: str, health: HealthSettings) -> Checked:
    """Ask at the url, which ends before the path. It never raises for the network."""
    answer = http.ask(
        check.method,
        url.rstrip("/") + check.path,
        check.timeout,
        health.host_header,
        {**health.headers, **check.headers},
        most=LOOKED_AT,
    )
    return Checked(answer, problem_of(check, answer))


def problem_of(check: CheckSettings, answer: Response) -> str:
    """What first is not as the check wants it. Pure."""
    if answer.status is None:
        return "it is not answered"
    if not accepts(check.status, answer.status):
        return f"its status is {answer.status} in place of {check.status}"
    for name, wanted in check.expect_headers.items():
        found = answer.headers.get(name.lower())
        if found is None or wanted not in found:
            return (
                f"its header {name} {'is not there' if found is None else f'has no {wanted!r}: it is {found!r}'}"
            )
    if check.expect_body is not None and check.expect_body not in answer.body:
        return f"its body has no {check.expect_body!r}"
    return _problem_of_json(check, answer) if check.expect_json else ""


def _problem_of_json(check: CheckSettings, answer: Response) -> str:
    try:
        content = json.loads(answer.body)
    except ValueError:
        return "its body is not JSON" + (" as far as it is read" if len(answer.body) >= LOOKED_AT else "")
    for place, wanted in check.expect_json.items():
        try:
            found = _at(place, content)
        except LookupError:
            return f"its body has no {place}"
        if isinstance(found, bool) is not isinstance(wanted, bool) or found != wanted:
            return f"its {place} is {json.dumps(found)[:200]} in place of {json.dumps(wanted)}"
    return ""


def _at(place: str, content: Any) -> Any:
    for part in place.split("."):
        if isinstance(content, list) and part.isdecimal():
            content = content[int(part)]
        elif isinstance(content, dict):
            content = content[part]
        else:
            raise LookupError(part)
    return content
