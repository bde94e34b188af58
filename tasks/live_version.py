"""Two versions on one database: the live one is asked before the migrations, and again after them.

What it answered as it must before is what they may not break. A live version that was not well before is not their
fault, and may be what the deployment is to replace.
"""

from collections.abc import Collection, Iterator, Mapping

from bluegreen.deployment.errors import PhaseFailed
from bluegreen.deployment.hooks import HookPoint
from bluegreen.deployment.job import Job
from bluegreen.traffic.serving import ask_a_few_times
from tasks import checks
from tasks.context import PhaseContext
from tasks.jobs import run_job

#: the name of the health check among what it is asked; a check of the config has its number
HEALTH = "health"


def ask_before(context: PhaseContext) -> None:
    """Afterwards the record says what the live version answers as it must, as of before the migrations."""
    if context.deployment.well_before is None:
        well = [name for name, problem in _ask(context) if not problem]
        context.note(well_before=tuple(well))


def expect_well(context: PhaseContext) -> None:
    """Return when the live version answers as it did before the migrations, or that does not count.

    Else `migrate.back` has run, where there is one, and PhaseFailed is raised.
    """
    broken = _broken(context)
    if not context.deployment.migrates_back:
        if not broken:
            return
        if why := _why_it_goes_on(context):
            context.warn(f"the migrations broke the live version ({_described(broken)}), and it went on: {why}")
            return
    what = "the migrations broke the live version"
    saw = f"{context.deployment.from_color}: {_described(broken)}\n{_logs(context)}" if broken else ""
    raise PhaseFailed(what, saw, _go_back(context))


def _why_it_goes_on(context: PhaseContext) -> str | None:
    is_hidden = context.site.maintenance() is not None
    return context.deployment.live_check_overridden or ("users get the maintenance page" if is_hidden else None)


def describe(context: PhaseContext) -> str:
    """What has become of the live version, as a sentence; empty where it answers as it did."""
    broken = _described(_broken(context))
    return f"The live version does not answer as before: {broken}." if broken else ""


def _broken(context: PhaseContext) -> Mapping[str, str]:
    wanted = context.deployment.well_before or ()
    return {name: problem for name, problem in _ask(context, wanted) if problem}


def _ask(context: PhaseContext, names: Collection[str] | None = None) -> Iterator[tuple[str, str]]:
    """What is wrong with each answer of the live version, by the request's name; of these names, else of all."""
    live = context.deployment.from_color
    if live is None:
        return
    if names is None or HEALTH in names:
        judged = ask_a_few_times(live, context.ask_color, context)
        yield HEALTH, "" if judged.good else f"the health check gets {judged}"
    for number, check in enumerate(checks.of(context, HookPoint.BEFORE_SWITCH)):
        if names is None or f"checks.{number}" in names:
            checked = checks.ask(context, check, checks.url_of(context, live), context.service.health)
            seen = f"{check.label}: {checked.problem}; {checked.answer}"
            yield f"checks.{number}", seen if checked.problem else ""


def _go_back(context: PhaseContext) -> str:
    """What has become of the database, and what can be done, once `migrate.back` has run where there is one."""
    settings, service = context.service.migrate, context.deployment.service
    assert settings is not None, "there were migrations"
    go_on = (
        "Or have the new version go live all the same, if need be with --under-maintenance: "
        f"bluegreen deploy {service} --override-live-check WHY."
    )
    if not settings.back:
        return (
            "Nothing was switched: users still get the live version. Undo the migrations by hand. " + go_on + " "
            "A command that undoes them goes into migrate.back, and runs by itself then: docs/migrations.md."
        )
    if context.deployment.irreversible:
        return "Nothing was switched, and migrate.back was not run: these migrations do not go back. " + go_on
    context.note(migrates_back=True)
    try:
        run_job(context, Job("migrate-back", "migrate.back", settings.back, settings.timeout))
    except PhaseFailed as failed:
        return f"Nothing was switched. {failed.what}: undo the migrations by hand. {go_on}"
    context.runtime.forget_jobs(context.target, context)
    if still := _described(_broken(context)):
        live = context.deployment.from_color
        return (
            f"Nothing was switched. migrate.back has run, and {live} does not answer as before: {still}. {go_on}"
        )
    return (
        "Nothing was switched. migrate.back has undone them, and the live version answers as before. Spread the "
        f"change over two deployments: docs/migrations.md. {go_on}"
    )


def _described(broken: Mapping[str, str]) -> str:
    return "; ".join(broken.values())


def _logs(context: PhaseContext) -> str:
    live = context.deployment.from_color
    logs = context.runtime.logs(live).strip() if live else ""
    return f"last log lines:\n{logs}" if logs else ""
