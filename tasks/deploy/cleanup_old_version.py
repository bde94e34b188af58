"""Cleanup old version: let it answer its last requests, then put it away."""

from collections.abc import Sequence
from time import monotonic

from bluegreen import failpoints
from bluegreen.deployment.errors import BlueGreenError, PhaseFailed
from bluegreen.deployment.record import Record, Release
from bluegreen.deployment.states import Phase
from bluegreen.source import git
from nginx.drain import drain
from tasks import services
from tasks.context import Run
from tasks.last_look import look_after_cleanup
from tasks.phase import phase_task
from tasks.predecessors import predecessors
from tasks.request_count import cutover
from tasks.serving import check_new_version, refuse_if_it_serves

#: seconds for nginx's old workers where they know of no version: for 100 ms they still take new requests
HAND_OVER = 1.0


@phase_task(Phase.CLEANUP_OLD_VERSION)
def cleanup_old_version(run: Run) -> str:
    """Afterwards the old version has answered what it had, and is stopped (kept) or removed.

    Until the drain is over there is a way back, and it is taken when the new version does not serve any more. The
    record says what users get, also where there is trouble without a way back.
    """
    try:
        message = _put_away(run)
        looked = look_after_cleanup(run)
    except PhaseFailed:
        if run.record.past_return:
            look_after_cleanup(run, settle=0)  # it is tried again
        raise
    if looked.serves is False:
        raise PhaseFailed(looked.what, advice="See what has changed the proxies; then deploy again.")
    return message


def _put_away(run: Run) -> str:
    old = run.record.from_color
    if old is None:
        drain(run.proxies, run.record.old_workers, HAND_OVER, run)
        _name_predecessors(run)
        return "there was no old version"
    is_removed = run.service.cleanup.old == "remove"
    with cutover(run, ends=True):
        drained = _drain(run)
        if not run.record.past_return:
            check_new_version(run)
            run.pass_return(drain_seconds=drained)
        refuse_if_it_serves(run, old)
        if is_removed:
            run.runtime.remove(old, run)
        else:
            run.runtime.stop(old, run)
    _prune(run)
    return f"{old} is {'removed' if is_removed else 'stopped'}{_kept(run)}"


def _kept(run: Run) -> str:
    """Whether its release can be started again, as this host knows it."""
    try:
        kept = run.record.from_release and run.runtime.kept(run.record.from_release)
    except PhaseFailed:
        kept = None
    return f", and release {kept.name} kept for a rollback" if kept else ""


def _name_predecessors(run: Run) -> None:
    """What served before bluegreen did is not ours to stop; that it runs on is said."""
    try:
        found = predecessors(run)
    except BlueGreenError as error:
        run.tell(f"what served before could not be looked at: {error.what}")
        return
    told = [
        f"nginx sent requests to {each} before, and it still runs: bluegreen does not stop it" for each in found
    ]
    if new := [each for each in told if each not in run.record.warnings]:
        run.note(warnings=(*run.record.warnings, *new))


def _drain(run: Run) -> float:
    """How many seconds it took."""
    began, timeout = monotonic(), run.service.drain.timeout
    if left := drain(run.proxies, run.record.old_workers, timeout, run):
        run.tell(f"{left} nginx workers still had requests after {timeout:g} s")
    return round(monotonic() - began, 3)


@failpoints.around("prune")
def _prune(run: Run) -> None:
    """Let go of old releases; trouble with that is no trouble of the deployment."""
    history = services.store().history(run.record.service)
    kept = releases_to_keep(history, run.record, run.service.cleanup.keep_releases)
    try:
        run.kept.prune(run)  # there is no way back to these texts any more
        run.runtime.prune(kept, run)
        if run.service.source:
            git.prune(run.record.service, run.service, {each.commit for each in kept if each.commit})
    except BlueGreenError as error:
        run.tell(f"old releases are kept: {error.what}")


def releases_to_keep(history: Sequence[Record], record: Record, keep: int) -> tuple[Release, ...]:
    """The newest releases of a history (oldest first), by name; the record's two are among them."""
    newest_first = [record, *reversed(history)]
    found = {each.release.name: each.release for each in newest_first if each.release}
    named = {each.name for each in (record.release, record.from_release) if each}
    spare = [name for name in found if name not in named][: max(0, keep - len(named))]
    return tuple(release for name, release in found.items() if name in named or name in spare)
