"""Checks of what a release has without traffic: its workers run, and none beside them."""

from functools import partial

from bluegreen.deployment.errors import PhaseFailed
from cli.doctor.findings import Advice, Check
from cli.doctor.host import LOG_LINES, Subject


def background(subject: Subject) -> str:
    """The background services of the live colour run, and those of no other version beside them."""
    live, background = subject.site.look(subject.last).color, subject.site.background
    if live is None or background is None or (subject.last and not subject.last.background):
        return "the next deployment takes over from those of the project itself"
    found = background.look(live)
    if gone := [name for name in subject.service.background if not any(each.running for each in found[name])]:
        raise PhaseFailed(
            f"{', '.join(gone)} of {live} does not run",
            background.logs(live, gone[0], LOG_LINES).strip(),
            f"See its log; then deploy again: bluegreen deploy {subject.site.name}",
        )
    if others := background.former(live):
        raise Advice(
            f"{', '.join(others)} runs beside those of {live}",
            "A deployment ends it once its own have held",
            f"Where none is under way: docker stop {' '.join(others)}",
        )
    return f"{', '.join(subject.service.background)} of {live} run"


def checks_of_service(subject: Subject) -> list[Check]:
    """One where the config file names such services."""
    check = Check(subject.site.name, "background", partial(background, subject))
    return [check] if subject.service.background else []
