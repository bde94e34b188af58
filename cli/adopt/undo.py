"""Gives a project back: nginx's files, the compose files and the config as they were before the adoption."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from bluegreen.deployment.errors import BlueGreenError, UsageError
from cli.adopt import apply, journal
from cli.adopt.journal import Adoption, Written
from cli.adopt.show import diff
from compose.originals import start
from nginx.file.marker import parse

if TYPE_CHECKING:
    from cli.adopt.command import Consent


def undo(adoption: Adoption, do: "Consent") -> None:
    """Show it, and do it where it is wanted. UsageError: somebody has changed a file since."""
    _refuse_changed(adoption)
    for each in _back(adoption):
        click.echo(f"{diff(each.file.name, each.file.read(), each.before)}\n")
    if not do("Give the project back as it was?"):
        return
    for each in adoption.compose_files:
        apply.restore(each)
    start(adoption.originals)
    with apply.locked(apply.machines(adoption)):
        _give_back(adoption)
    if _is_kept(adoption.config):
        click.echo(f"{adoption.config.path} was changed since, and is left as it is")
    elif adoption.config.file.read() is not None:
        adoption.config.file.delete()
    journal.forget(adoption.service)
    click.echo(f"{adoption.service} is given back: {', '.join(adoption.originals)} serves")
    for color in ("blue", "green"):
        click.echo(f"what may be left: docker compose -p {adoption.service}-{color} down")


def put_back(adoption: Adoption) -> None:
    """What a killed adoption has left."""
    with apply.locked(apply.machines(adoption)):
        apply.give_up(adoption)


def _give_back(adoption: Adoption) -> None:
    """Nginx serves by the files as they were. Raises with them as they are now."""
    now = [(each, each.file.read()) for each in adoption.files]
    for each in reversed(adoption.files):
        if each.file.read() != each.before:
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


def _is_kept(config: Written) -> bool:
    return config.file.read() not in (None, config.after)


def _changed(adoption: Adoption) -> Iterator[str]:
    for each in (*adoption.files, *adoption.compose_files):
        there = each.file.read()
        marker = parse(there)
        is_ours = marker is not None and marker.service == adoption.service
        if there not in (each.before, each.after) and not is_ours:
            yield each.file.name


def _refuse_changed(adoption: Adoption) -> None:
    if changed := list(_changed(adoption)):
        raise UsageError(
            f"somebody has changed {', '.join(changed)} since the adoption",
            "\n".join(diff(each.file.name, each.after, each.before) for each in adoption.files),
            "Make these changes there by hand, where they are not made yet, and reload nginx.",
        )
