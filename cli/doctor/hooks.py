"""Checks of the commands that run around a switch: their programs are there."""

from functools import partial

from cli.doctor.findings import Check
from cli.doctor.host import Subject
from tasks.jobs import expect_program


def hooks(subject: Subject) -> str:
    """The program of each is there, as far as this host knows."""
    service = subject.service
    for each in service.hooks:
        expect_program(subject.site, each.command, each.where, None)
    in_image = sum(each.where == "release" for each in service.hooks) if service.compose else 0
    there = f"{len(service.hooks) - in_image} can be run"
    return f"{there}, {in_image} more in the release's image" if in_image else there


def checks_of_service(subject: Subject) -> list[Check]:
    """One where the config file has any."""
    check = Check(subject.site.name, "hooks", partial(hooks, subject))
    return [check] if subject.service.hooks else []
