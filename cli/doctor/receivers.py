"""Checks of the receivers of notifications: what the first notification would fail of, before it does."""

import os
import shutil
from collections.abc import Iterator
from functools import partial

from bluegreen.settings.notifications import NotificationSettings, checked_url
from bluegreen.settings.service import Config
from bluegreen.system import environment
from cli.doctor.findings import Advice, Check


def check_receivers(config: Config) -> str:
    """Each variable is set in this environment, and each program is there."""
    problems = [f"{each.label}: {what}" for each in config.notifications for what in _problems(config, each)]
    if problems:
        raise Advice(
            f"{len(problems)} problems with the receivers of notifications",
            "\n".join(problems),
            "Set it for the worker, and run doctor with the worker's environment; then: "
            "bluegreen notifications --test",
        )
    return f"{len(config.notifications)} receivers; to test them: bluegreen notifications --test"


def _problems(config: Config, notification: NotificationSettings) -> Iterator[str]:
    for name in filter(None, (notification.url_env, notification.token_env)):
        if not environment.secret(name):
            yield f"the variable {name} is not set"
    try:
        checked_url(notification.url or environment.secret(notification.url_env or "") or "http://none")
    except ValueError as error:
        yield f"the variable {notification.url_env} {error}"
    for program in _programs(config, notification):
        if shutil.which(program) is None:
            yield f"there is no program {program}"


def _programs(config: Config, notification: NotificationSettings) -> list[str]:
    """Where its program is looked for: a path begins at each service's workspace."""
    if not notification.command:
        return []
    program = notification.command[0]
    names = notification.services or tuple(config.services)
    if not {"/", os.sep} & set(program):
        return [program]
    return sorted({str(config.services[name].workspace / program) for name in names})


def checks_of(config: Config) -> list[Check]:
    """One, where the config names receivers."""
    return [Check("notifications", "receivers", partial(check_receivers, config))] if config.notifications else []
