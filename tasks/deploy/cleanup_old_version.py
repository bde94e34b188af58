"""Cleanup old version: let it answer its last requests, then put it away."""

from collections.abc import Callable, Sequence
from functools import partial
from time import monotonic

from bluegreen import failpoints
from bluegreen.deployment import releases
from bluegreen.deployment.errors import BlueGreenError, PhaseFailed
from bluegreen.deployment.record import Deployment, Release
from bluegreen.deployment.states import Phase
from bluegreen.parallel import at_once
from bluegreen.source import git
from tasks import background, static
from tasks.context import PhaseContext
from tasks.last_look import look_after_cleanup
from tasks.phase import phase_task
from tasks.predecessors import predecessors
from tasks.request_count import cutover
from tasks.serving import check_new_version, refuse_if_it_serves

#: seconds for what answers by the route before where it led to no version of ours
HAND_OVER = 1.0


@phase_task(Phase.CLEANUP_OLD_VERSION)
def cleanup_old_version(context: PhaseContext) -> str:
    """Afterwards the old version has answered what it had, and is stopped (kept) or removed.

    Until the drain is over there is a way back, and it is taken when the new version does not serve any more. The
    record says what users get, also where something fails and there is no way back.
    """
    try:
        message = _put_away(context)
        looked = look_after_cleanup(context)
    except PhaseFailed:
        if context.deployment.past_point_of_no_return:
            look_after_cleanup(context, waits=False)  # it is tried again
        raise
    if looked.serves is False:
        raise PhaseFailed(looked.what, advice="See what has changed the proxies; then deploy again.")
    return message


def _put_away(context: PhaseContext) -> str:
    old = context.deployment.from_color
    if old is None:
        context.router.drain(context.deployment.retired_by_switch, HAND_OVER, context)
        background.check(context)
        background.end_former(context)
        _name_predecessors(context)
        return "there was no old version"
    is_removed = context.service.cleanup.old_version == "remove"
    with cutover(context, ends=True):
        drained = _drain(context)
        if not context.deployment.past_point_of_no_return:
            check_new_version(context)
            background.check(context)
            context.pass_point_of_no_return(drain_seconds=drained)
        refuse_if_it_serves(context, old)
        put_away = context.runtime.remove if is_removed else context.runtime.stop
        of_background = partial(background.remove_former, old=old) if is_removed else background.end_former
        # what a stop waits for is the application's end: old releases can go meanwhile
        acts: list[Callable[[], object]] = [
            partial(put_away, old, context),
            partial(of_background, context),
            partial(_prune, context),
            partial(_kept, context),
        ]
        kept = at_once(acts, lambda act: act())[-1]
    return f"{old} is {'removed' if is_removed else 'stopped'}{kept}"


def _kept(context: PhaseContext) -> str:
    """Whether its release can be started again, as this host knows it."""
    try:
        kept = context.deployment.from_release and context.runtime.kept(context.deployment.from_release)
    except PhaseFailed:
        kept = None
    return f", and release {kept.name} kept for a rollback" if kept else ""


def _name_predecessors(context: PhaseContext) -> None:
    """What served before bluegreen did is not ours to stop; that it runs on is said."""
    try:
        found = predecessors(context)
    except BlueGreenError as error:
        context.report(f"what served before could not be looked at: {error.what}")
        return
    warnings = [
        f"nginx sent requests to {each} before, and it still runs: bluegreen does not stop it" for each in found
    ]
    if new := [each for each in warnings if each not in context.deployment.warnings]:
        context.note(warnings=(*context.deployment.warnings, *new))


def _drain(context: PhaseContext) -> float:
    """How many seconds it took."""
    began, timeout = monotonic(), context.service.drain.timeout
    if left := context.router.drain(context.deployment.retired_by_switch, timeout, context):
        context.report(f"{left} nginx workers still had requests after {timeout:g} s")
    return round(monotonic() - began, 3)


@failpoints.around("prune")
def _prune(context: PhaseContext) -> None:
    """Let go of old releases; a failure there is not one of the deployment."""
    history = context.store.history(context.deployment.service)
    kept = releases_to_keep(history, context.deployment, context.service.cleanup.keep_releases)
    try:
        context.router.forget_saved(context)  # there is no way back to what was there any more
        context.runtime.prune(kept, context)
        static.prune(context, kept)
        if context.service.source:
            git.prune(context.deployment.service, context.service, {each.commit for each in kept if each.commit})
    except BlueGreenError as error:
        context.report(f"old releases are kept: {error.what}")


def releases_to_keep(history: Sequence[Deployment], deployment: Deployment, keep: int) -> tuple[Release, ...]:
    """The record's two, and of a history (oldest first) those that were live last: others can wait for a build."""
    named = {each.name: each for each in (deployment.release, deployment.from_release) if each}
    spare = [stay.release for stay in releases.stays(history) if stay.release.name not in named]
    return (*named.values(), *spare[: max(0, keep - len(named))])
