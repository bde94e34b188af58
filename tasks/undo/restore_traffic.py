"""Restore traffic: the old version serves again, if it ever stopped to."""

from collections.abc import Collection
from time import monotonic

from bluegreen.deployment.errors import NotRunning, PhaseFailed, ProxyRefused
from bluegreen.deployment.proxy import Retired, WayBack
from bluegreen.deployment.states import Phase
from bluegreen.parallel import at_once
from tasks import adopted, maintenance, static
from tasks.context import PhaseContext
from tasks.phase import phase_task
from tasks.preview import note_closed
from tasks.request_count import cutover
from tasks.serving import answers


@phase_task(Phase.RESTORE_TRAFFIC)
def restore_traffic(context: PhaseContext) -> str:
    """Afterwards every proxy serves the old colour alone, and refuses a worker that was fenced out."""
    message = _serve_old(context)
    maintenance.end(context)
    return message


def _serve_old(context: PhaseContext) -> str:
    if context.deployment.to_adopted:
        adopted.start(context)
    deployment = context.deployment
    changed = deployment.phase_record(Phase.SWITCH_TRAFFIC), deployment.preview
    if changed == (None, None) and not deployment.to_adopted:
        return "traffic was never switched"
    with context.router.locked(context), cutover(context):
        # somebody else's reload may have taken up what a killed worker had prepared, and not yet noted
        started = (
            deployment.switch_started
            or deployment.preview is not None
            or any(each.sends_to(context.target) for each in context.router.observe().values())
        )
        found = _running_once_old_runs(context, started)
        running = {label: workers for label, workers in found.items() if workers}
        message = _restore(context, running) if started else _stay(context, running)
        down = [label for label in found if label not in running]
        if down:
            _restore_what_is_down(context, down)
        context.keep_confirmed()
        if deployment.preview is not None:
            message += "; the preview is closed"
            note_closed(context)
    static.restore(context)
    return message + "".join(f"; {label} is down, and will when it runs again" for label in down)


def _way_back(context: PhaseContext) -> WayBack:
    deployment = context.deployment
    retired = deployment.retired_by_preview or deployment.retired_by_switch  # by whichever change came first
    return WayBack(context.route(deployment.from_color), deployment.previous_files, retired)


def _stay(context: PhaseContext, labels: Collection[str]) -> str:
    _hold(context, labels)
    return f"{_name_old(context)} serves; no proxy had been turned"


def _restore(context: PhaseContext, running: Retired) -> str:
    way_back = _way_back(context)
    try:
        with context.router.restore(way_back, running, context) as change:
            # What the new version's switch retired stands beside these: by that it is seen whether it took place.
            context.note(retired_by_rollback=change.retired)
            change.commit()
    except ProxyRefused as refused:
        if context.router.may_serve_otherwise(way_back, running):
            raise
        _hold(context, running)
        context.warn(refused.what)
        return f"{_name_old(context)} serves; the proxies have not taken up a file since"
    return f"{_name_old(context)} serves again"


def _hold(context: PhaseContext, labels: Collection[str]) -> None:
    if warnings := context.router.hold(_way_back(context), labels, context):
        context.warn(*warnings)


def _restore_what_is_down(context: PhaseContext, labels: Collection[str]) -> None:
    """A proxy that is down comes up with the old colour."""
    _hold(context, labels)
    running = context.router.running()
    if came := [label for label in labels if running[label]]:
        raise NotRunning(f"{', '.join(came)} was down, and came up while its file was written: it is asked again")


def _running_once_old_runs(context: PhaseContext, started: bool) -> Retired:
    """What each proxy would retire. Both are looked at side by side: meanwhile users meet the new version."""
    found, revived = dict[str, str](), list[bool]()

    def look() -> None:
        found.update(context.router.running())

    def revive() -> None:
        revived.append(started and _revive(context))

    at_once([look, revive], lambda act: act())
    if any(revived):
        look()  # that took a while
    return found


def _revive(context: PhaseContext) -> bool:
    """Start an old version that has ended since, and wait until it answers: users shall not be sent to nothing.

    False when it was running.
    """
    old, release = context.deployment.from_color, context.deployment.from_release
    if old is None or release is None or context.runtime.look(old).running:
        return False
    context.report(f"{old} does not run any more: it is started again")
    context.runtime.start(old, release, context.deployment.id, context)
    deadline = monotonic() + context.service.health.interval
    while not answers(context, old):
        if monotonic() >= deadline:
            raise PhaseFailed(
                f"{old} had ended, and does not answer since it was started again",
                f"last log lines:\n{context.runtime.logs(old).strip()}",
                f"{context.target} goes on serving. Deploy a version that works.",
            )
    return True


def _name_old(context: PhaseContext) -> str:
    return str(context.deployment.from_color or "what was there before")
