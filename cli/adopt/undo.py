"""Gives a project back: what served before serves again, by the files as they were; then ours goes."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from bluegreen.deployment.errors import BlueGreenError, RedisUnavailable, UsageError
from cli.adopt import apply, leaving
from cli.adopt.journal import Adoption, Written
from cli.adopt.show import diff
from nginx.file.marker import parse

if TYPE_CHECKING:
    from cli.adopt.command import Consent
    from cli.context import App


def undo(app: "App", adoption: Adoption, do: "Consent") -> None:
    """Show it, and do it where it is wanted. UsageError: somebody has changed a file since."""
    _refuse_changed(adoption)
    _refuse_in_hand(app, adoption)
    for each in _back(adoption):
        click.echo(f"{diff(each.file.name, each.file.read(), each.before)}\n")
    if not do("Give the project back as it was?"):
        return
    for each in adoption.compose_files:
        if each.file.read() != each.before:
            apply.restore(each)
    leaving.start(adoption, adoption.originals)
    with apply.locked(apply.machines(adoption)):
        _give_back(adoption)
    names = ", ".join(adoption.originals)
    click.echo(f"{names} serves, and nginx's files are as they were")
    leaving.leave(app, adoption)
    click.echo(f"{adoption.service} is given back")


def put_back(adoption: Adoption) -> None:
    """What a killed adoption has left."""
    with apply.locked(apply.machines(adoption)):
        apply.give_up(adoption)


def _give_back(adoption: Adoption) -> None:
    """Nginx serves by the files as they were. Raises with them as they are now."""
    now = [(each, each.file.read()) for each in adoption.files]
    for each, text in reversed(now):
        if text != each.before:
            apply.restore(each)
    try:
        apply.change([], apply.machines(adoption))
    except BlueGreenError:
        for each, text in now:
            if text is not None:
                each.file.write(text)
        raise


def _back(adoption: Adoption) -> list[Written]:
    return [each for each in (*adoption.compose_files, *adoption.files) if each.file.read() != each.before]


def _changed(adoption: Adoption) -> Iterator[str]:
    for each in (*adoption.files, *adoption.compose_files):
        there = each.file.read()
        marker = parse(there)
        is_ours = marker is not None and marker.service == adoption.service
        if not each.has(there) and not is_ours:
            yield each.file.name


def _refuse_changed(adoption: Adoption) -> None:
    if changed := list(_changed(adoption)):
        raise UsageError(
            f"somebody has changed {', '.join(changed)} since the adoption",
            "\n".join(diff(each.file.name, each.after, each.before) for each in adoption.files),
            "Make these changes there by hand, where they are not made yet, and reload nginx.",
        )


def _refuse_in_hand(app: "App", adoption: Adoption) -> None:
    """A deployment that a worker drives would write the files that are given back."""
    try:
        held = leaving.deployment_in_hand(app, adoption)
    except RedisUnavailable:
        return  # then no worker switches anything, and the users come first
    if held:
        raise UsageError(
            f"{adoption.service}: {held} is under way",
            advice=f"Wait for it, or stop it (bluegreen abort {adoption.service}); then ask again.",
        )
