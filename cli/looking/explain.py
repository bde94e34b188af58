"""explain: one deployment in plain sentences."""

from collections.abc import Sequence

import click

from bluegreen.deployment.record import PhaseRecord, Record
from bluegreen.deployment.states import Phase, PhaseState, State
from bluegreen.store import events
from bluegreen.store.events import Happening
from cli.context import App


@click.command()
@click.argument("deployment")
@click.pass_obj
def explain(app: App, deployment: str) -> None:
    """Say what happened to DEPLOYMENT (an id), and what to do.

    Why it ended so and what is live, too, in plain sentences.
    """
    with app.store() as store:
        record = app.require_record(store, deployment)
        happenings = list(events.read(store.redis, record.id))
        live = store.at(record.installation).live(record.service)
    for sentence in (*told(record, happenings), *serving(record, live), *to_do(record)):
        click.echo(sentence)


def told(record: Record, happenings: Sequence[Happening]) -> list[str]:
    """What happened and why."""
    when = record.requested_at.astimezone().strftime("%Y-%m-%d %H:%M:%S")
    sentences = [f"{record.asked_by} asked for a {record.kind} of {record.service} ({record.label}) at {when}."]
    if record.freeze_passed:
        sentences.append(f"It overrode a freeze: {record.freeze_passed}.")
    sentences += [
        f"At {each.time.astimezone():%H:%M:%S}, {each.message}."
        for each in happenings
        if each.kind in ("taken_over", "notice")
    ]
    sentences += [
        f"{entry.name} needed {entry.attempts} attempts."
        for entry in record.phases
        if entry.attempts - entry.takeovers > 1
    ]
    if record.error:
        where = "" if record.state is State.EXPIRED else f"In {record.error.phase}, "
        sentences.append(f"{where}{record.error.what}.")
        sentences += [f"    {line}" for line in record.error.saw.splitlines()]
    sentences += [f"{entry.name} had trouble: {entry.message}." for entry in _undo_trouble(record)]
    sentences += [f"Afterwards: {warning}." for warning in record.warnings]
    return [*sentences, _ending(record), *_last_look(record)]


def serving(record: Record, live: Record | None) -> list[str]:
    """What serves now, as far as the records know."""
    if live is None or live.release is None:
        return [f"No deployment of {record.service} has succeeded so far."]
    if record.state is State.FAILED:
        return ["What serves now, nginx says: look at the first line of its file, and at the site."]
    return [f"Release {live.release.name} is live on {live.to_color}, since {live.id}."]


def to_do(record: Record) -> list[str]:
    """What a person should do, if anything."""
    if not record.state.final:
        return [f"Nothing is to be done: workers bring it to its end. Follow it with: bluegreen watch {record.id}"]
    if record.state in (State.SUCCEEDED, State.ABORTED) or record.error is None:
        return ["Nothing is to be done."]
    if record.state is State.FAILED:
        return [
            f"A person is needed: fix what is named above. Then deploy again: bluegreen deploy {record.service}"
        ]
    return [record.error.advice or f"Fix it, and deploy again: bluegreen deploy {record.service}"]


def _undo_trouble(record: Record) -> list[PhaseRecord]:
    return [entry for entry in record.phases if entry.name.undoes and entry.state is PhaseState.FAILED]


def _last_look(record: Record) -> list[str]:
    return [f"As it ended: {record.last_look.what}."] if record.state.final and record.last_look else []


def _ending(record: Record) -> str:
    if not record.state.final:
        return f"It is {record.state.words}" + (f", in {record.phase}." if record.phase else ".")
    switched = record.phase_record(Phase.SWITCH_TRAFFIC) is not None
    seconds = f"after {record.seconds:.1f} s"
    return {
        State.SUCCEEDED: f"It succeeded {seconds}.",
        State.ROLLED_BACK: f"It was rolled back {seconds}: "
        + ("the traffic was given back." if switched else "traffic was never switched."),
        State.ABORTED: f"It was aborted by {record.abort_requested_by} "
        + (f"and rolled back {seconds}." if record.phases else f"{seconds}, before it began."),
        State.EXPIRED: f"It expired {seconds}: traffic was never switched.",
        State.FAILED: f"It failed {seconds}"
        + (": the rollback could not finish." if _undo_trouble(record) else "."),
    }[record.state]
