"""The HTTP checks of a service: of the new version before the switch, and of the site after it."""

from collections.abc import Sequence
from functools import partial

from bluegreen.deployment.cancellation import wait_until
from bluegreen.deployment.errors import NotHealthy, PhaseFailed
from bluegreen.deployment.hooks import HookPoint
from bluegreen.deployment.states import Color
from bluegreen.settings.checks import CheckSettings
from bluegreen.settings.service import HealthSettings
from bluegreen.traffic.checks import Checked
from bluegreen.traffic.health import MAY_SPEAK_HTTP
from tasks import abandonable
from tasks.context import PhaseContext
from tasks.hooks import points

#: seconds in which one request must be answered as it must
SETTLE = 1.0
#: seconds between two requests
POLL = 0.2


def preflight(context: PhaseContext, protocol: str) -> None:
    """Raise PhaseFailed where the new version would be asked by HTTP, and the site speaks something else to it."""
    if of(context, HookPoint.BEFORE_SWITCH) and protocol not in MAY_SPEAK_HTTP:
        raise PhaseFailed(
            "the checks before_switch cannot be asked",
            f"the site's nginx speaks {protocol} to the application",
            'Have them ask the site alone: at = ["after_switch"] in each section of checks.',
        )


def run(context: PhaseContext, point: HookPoint) -> None:
    """Afterwards all checks of that point were answered as they must be. NotHealthy otherwise."""
    due, settings = of(context, point), context.service.health
    if point is HookPoint.AFTER_SWITCH:
        settings = context.site.probing(settings)
    for check in due:
        for url in _urls(context, point):
            checked = ask(context, check, url, settings)
            if checked.problem:
                raise _failed(context, point, check, url, checked)
    if due:
        context.report(f"{len(due)} check{'' if len(due) == 1 else 's'} {point} passed")


def of(context: PhaseContext, point: HookPoint) -> Sequence[CheckSettings]:
    """Those that this deployment has at that point."""
    return [each for each in context.service.checks if point in each.at and point in points(context)]


def ask(context: PhaseContext, check: CheckSettings, url: str, settings: HealthSettings) -> Checked:
    """The first answer of a few that is as it must be, else the last one. Raises as `pause` does."""

    def once() -> Checked:
        asked = partial(context.request_check, check, url, settings)
        checked = abandonable.run(asked, context, "check")
        assert checked is not None, "a request ends by its own time-out"
        return checked

    return wait_until(once, lambda checked: not checked.problem, SETTLE, context, POLL)


def url_of(context: PhaseContext, color: Color) -> str:
    """Where the deploy host itself reaches the colour."""
    return f"http://{context.runtime.address_on_host(color)}"


def _urls(context: PhaseContext, point: HookPoint) -> Sequence[str]:
    if point is HookPoint.BEFORE_SWITCH:
        return [url_of(context, context.target)]
    return [each.url for each in context.service.proxies if each.url]


def _failed(
    context: PhaseContext, point: HookPoint, check: CheckSettings, url: str, checked: Checked
) -> NotHealthy:
    place = context.target if point is HookPoint.BEFORE_SWITCH else url
    back = f"{context.way_back} " if point is HookPoint.AFTER_SWITCH else ""
    return NotHealthy(
        f"the check {point} {check.label} failed: {checked.problem}",
        f"{place} answered: {checked.answer}\nlast log lines:\n{context.runtime.logs(context.target).strip()}",
        f"{back}Fix the release, or the check; then deploy again.",
    )
