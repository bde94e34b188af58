"""The migrations of a release: once, with the hooks before them, and what they do to the live version."""

from bluegreen.deployment.errors import JobFailed, PhaseFailed
from bluegreen.deployment.hooks import HookPoint
from bluegreen.deployment.job import Job
from tasks import hooks, live_version
from tasks.context import PhaseContext
from tasks.jobs import SHOWN, run_job

#: the line by which a migration says, in what it prints, that releases from before it cannot run on what it leaves
IRREVERSIBLE = "bluegreen: irreversible"


def run(context: PhaseContext) -> None:
    """Afterwards they have run, and the live version is as well as before. A rollback and a redeployment run none.

    Both versions share one database: see docs/migrations.md for what a migration may do.
    """
    if not context.service.migrate or context.deployment.kind != "deploy":
        return
    if not context.deployment.migrated:
        hooks.run(context, HookPoint.BEFORE_MIGRATE)
        live_version.ask_before(context)
        _migrate(context)
    live_version.expect_well(context)
    context.runtime.forget_jobs(context.target, context)


def _migrate(context: PhaseContext) -> None:
    settings = context.service.migrate
    assert settings is not None
    if not settings.reversible:
        context.note(irreversible=True)
    try:
        log = run_job(context, Job("migrate", "the migrations", settings.command, settings.timeout))
    except JobFailed as failed:
        if _says_irreversible(failed.saw):
            context.note(irreversible=True)
        raise PhaseFailed(
            failed.what,
            failed.saw[-SHOWN:],
            f"The database stays as far as they got: nothing undoes that, and whatever uses it goes on with it. "
            f"{live_version.describe(context)} Fix the migration, and deploy again.",
        ) from failed
    context.note(migrated=True, irreversible=context.deployment.irreversible or _says_irreversible(log))
    back = ", and do not go back" if context.deployment.irreversible else ""
    context.report(f"migrations of {context.deployment.label} have run{back}")


def _says_irreversible(printed: str) -> bool:
    return any(line.strip() == IRREVERSIBLE for line in printed.splitlines())
