"""Checks of the receivers of notices: what the first notice would fail of, before it does."""

import os
import shutil
from collections.abc import Iterator
from functools import partial

from bluegreen.settings.notifications import Notice, checked_url
from bluegreen.settings.service import Config
from bluegreen.system import environment
from cli.doctor.findings import Advice, Check


def check_receivers(config: Config) -> str:
    """Each variable is set in this environment, and each program is there."""
    problems = [f"{each.label}: {what}" for each in config.notices for what in _problems(config, each)]
    if problems:
        raise Advice(
            f"{len(problems)} problems with the receivers of notices",
            "\n".join(problems),
            "Set it for the worker, and run doctor with the worker's environment; then: bluegreen notices --test",
        )
    return f"{len(config.notices)} receivers; to test them: bluegreen notices --test"


def _problems(config: Config, notice: Notice) -> Iterator[str]:
    for name in filter(None, (notice.url_env, notice.token_env)):
        if not environment.secret(name):
            yield f"the variable {name} is not set"
    try:
        checked_url(notice.url or environment.secret(notice.url_env or "") or "http://none")
    except ValueError as error:
        yield f"the variable {notice.url_env} {error}"
    for program in _programs(config, notice):
        if shutil.which(program) is None:
            yield f"there is no program {program}"


def _programs(config: Config, notice: Notice) -> list[str]:
    """Where its program is looked for: a path begins at each service's workspace."""
    if not notice.command:
        return []
    program = notice.command[0]
    names = notice.services or tuple(config.services)
    if not {"/", os.sep} & set(program):
        return [program]
    return sorted({str(config.services[name].workspace / program) for name in names})


def checks_of(config: Config) -> list[Check]:
    """One, where the config names receivers."""
    return [Check("notices", "receivers", partial(check_receivers, config))] if config.notices else []
