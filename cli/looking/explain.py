"""explain: one deployment in plain sentences."""

from collections.abc import Sequence

import click

from bluegreen.deployment.event import EventKind
from bluegreen.deployment.record import Deployment, PhaseRecord
from bluegreen.deployment.states import Phase, PhaseState, State
from bluegreen.store import events
from bluegreen.store.events import StoredEvent
from cli.context import App
from cli.options import DEPLOYMENT, find_deployment
from cli.output.sentences import sentence
from cli.output.times import readable
from cli.output.view import waiting

#: kinds of events of which a person who asks for the reasons should hear
REMARKABLE = (
    EventKind.MESSAGE_LOST,
    EventKind.WORKER_LOST,
    EventKind.RESTARTED,
    EventKind.MAINTENANCE,
    EventKind.NOTIFICATION_FAILED,
)


@click.command()
@DEPLOYMENT
@click.pass_obj
def explain(app: App, deployment_id: str) -> None:
    """Say what happened to DEPLOYMENT, and what to do.

    The answer is in plain sentences: also why the deployment ended so, and what is live.
    """
    with app.store() as store:
        deployment = find_deployment(store, deployment_id)
        stored = list(events.read(store.redis, deployment.id))
        live = store.at(deployment.installation).live(deployment.service)
    for line in (*what_happened(deployment, stored), *serving(deployment, live), *to_do(deployment)):
        click.echo(line)


def what_happened(deployment: Deployment, stored: Sequence[StoredEvent]) -> list[str]:
    """What happened and why."""
    what = f"a {deployment.kind} of {deployment.service} ({deployment.label})"
    sentences = [f"{deployment.asked_by} asked for {what} at {readable(deployment.requested_at)}."]
    if deployment.freeze_passed:
        sentences.append(f"The deployment overrode a freeze: {deployment.freeze_passed}.")
    if deployment.crossed:
        sentences.append(f"It went back {deployment.crossing}.")
    if deployment.irreversible:
        sentences.append("Its migrations do not go back: a rollback over them needs --anyway, with a reason.")
    sentences += [
        f"At {each.time.astimezone():%H:%M:%S}, {sentence(each)}." for each in stored if each.kind in REMARKABLE
    ]
    if deployment.maintenance_since:
        until = deployment.maintenance_until
        ended = f"until {readable(until)}" if until else "and it was not turned off"
        sentences.append(f"Maintenance was on since {readable(deployment.maintenance_since)}, {ended}.")
    if deployment.approval and deployment.approval.promoted_at:
        sentences.append(f"It was {deployment.approval.words} ({readable(deployment.approval.promoted_at)}).")
    sentences += [
        f"{entry.name} needed {entry.attempts} attempts."
        for entry in deployment.phases
        if entry.attempts - entry.takeovers > 1
    ]
    if deployment.error:
        where = "" if deployment.state is State.EXPIRED else f"In {deployment.error.phase}, "
        sentences.append(f"{where}{deployment.error.what}.")
        sentences += [f"    {line}" for line in deployment.error.saw.splitlines()]
    sentences += [f"{entry.name} failed: {entry.message}." for entry in _failed_undo(deployment)]
    sentences += [f"Afterwards: {warning}." for warning in deployment.warnings]
    return [*sentences, _ending(deployment), *_last_look(deployment)]


def serving(deployment: Deployment, live: Deployment | None) -> list[str]:
    """What serves now, as far as the records know."""
    if live is None or live.release is None:
        return [f"No deployment of {deployment.service} has succeeded so far."]
    if deployment.state is State.FAILED:
        return ["What serves now, nginx says: look at the first line of its file, and at the site."]
    return [f"Release {live.release.name} is live on {live.to_color}, since {live.id}."]


def to_do(deployment: Deployment) -> list[str]:
    """What a person should do, if anything."""
    if deployment.state is State.AWAITING_PROMOTION:
        return [f"{line[0].upper()}{line[1:]}" for line in waiting(deployment)[1:]]
    if not deployment.state.final:
        return [
            f"Nothing is to be done: workers end the deployment. To follow it: bluegreen watch {deployment.id}"
        ]
    if deployment.state in (State.SUCCEEDED, State.ABORTED) or deployment.error is None:
        return ["Nothing is to be done."]
    if deployment.state is State.FAILED:
        return [
            "A person is needed: fix what is named above. "
            f"Then deploy again: bluegreen deploy {deployment.service}",
            *([deployment.error.advice] if deployment.error and deployment.error.advice else []),
        ]
    return [deployment.error.advice or f"Fix it, and deploy again: bluegreen deploy {deployment.service}"]


def _failed_undo(deployment: Deployment) -> list[PhaseRecord]:
    return [entry for entry in deployment.phases if entry.name.undoes and entry.state is PhaseState.FAILED]


def _last_look(deployment: Deployment) -> list[str]:
    return (
        [f"As it ended: {deployment.last_look.what}."] if deployment.state.final and deployment.last_look else []
    )


def _ending(deployment: Deployment) -> str:
    if deployment.state is State.AWAITING_PROMOTION:
        return f"{waiting(deployment)[0]}."
    if not deployment.state.final:
        return f"The deployment is {deployment.state.words}" + (
            f", in {deployment.phase}." if deployment.phase else "."
        )
    switched = deployment.phase_record(Phase.SWITCH_TRAFFIC) is not None
    seconds = f"after {deployment.seconds:.1f} s"
    return {
        State.SUCCEEDED: f"The deployment succeeded {seconds}.",
        State.ROLLED_BACK: f"The deployment was rolled back {seconds}: "
        + ("the traffic was given back." if switched else "traffic was never switched."),
        State.ABORTED: f"The deployment was aborted by {deployment.abort_requested_by} "
        + (f"and rolled back {seconds}." if deployment.phases else f"{seconds}, before it began."),
        State.EXPIRED: f"The deployment expired {seconds}: traffic was never switched.",
        State.FAILED: f"The deployment failed {seconds}"
        + (": the rollback could not finish." if _failed_undo(deployment) else "."),
    }[deployment.state]
