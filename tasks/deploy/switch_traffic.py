"""Switch traffic: from here on new requests go to the new version."""

from bluegreen.deployment.errors import FilesRefused
from bluegreen.deployment.proxy import Observed, Route
from bluegreen.deployment.states import Phase
from tasks import background, maintenance, static
from tasks.context import PhaseContext
from tasks.phase import phase_task
from tasks.preview import note_closed
from tasks.request_count import Cutover, begin_count, cutover


@phase_task(Phase.SWITCH_TRAFFIC)
def switch_traffic(context: PhaseContext) -> str:
    """Afterwards every proxy serves the new colour, or, when one refuses, every one still the old.

    The preview has gone with it.
    """
    # Where the record does not say so, somebody else's reload took up what a killed worker had prepared: nobody
    # knows yet what that has retired, and a rollback would turn nothing back.
    if context.deployment.switch_started and _is_served(context):
        context.keep_confirmed()
        note_closed(context)
        static.prefer(context)
        maintenance.end(context)
        return f"{context.target} serves already"
    background.end_before_switch(context)
    with context.router.locked(context):
        begin_count(context)
        with cutover(context) as counting:
            _turn(context, context.route(context.target), counting)
        context.keep_confirmed()
        note_closed(context)
    static.prefer(context)
    maintenance.end(context)
    number = len(context.service.proxies)
    return f"{context.target} serves through {number} prox{'y' if number == 1 else 'ies'}"


def _turn(context: PhaseContext, route: Route, counting: Cutover) -> None:
    """Send all requests along the route, through every proxy or none."""
    try:
        _change(context, route, counting)
    except FilesRefused:
        # What a proxy was asked for a while ago may not hold any more; it is asked again.
        _change(context, route, counting)


def _change(context: PhaseContext, route: Route, counting: Cutover) -> None:
    started = context.deployment.switch_started
    try:
        with context.router.prepare(route, context) as change:
            # The drain waits for these, also after a kill.
            context.note(retired_by_switch=change.retired, switch_started=True)
            if not started:  # else users may have the new version already
                counting.leave_out_previews()
            change.commit()
    except FilesRefused:
        context.note(switch_started=started)  # a rollback has nothing to turn back: no proxy was reloaded
        raise


def _is_served(context: PhaseContext) -> bool:
    wanted = context.target, context.deployment.generation
    return all(_answers(each) == wanted for each in context.router.observe().values())


def _answers(observed: Observed) -> tuple[object, int] | None:
    served = observed.served
    return (served.color, served.generation) if served else None
