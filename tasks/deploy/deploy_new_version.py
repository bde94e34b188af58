"""Deploy new version: build it, migrate the database for it, and start it beside the old one."""

from bluegreen.deployment.errors import JobFailed, PhaseFailed
from bluegreen.deployment.hooks import HookPoint
from bluegreen.deployment.job import Job
from bluegreen.deployment.states import Phase
from bluegreen.traffic import health
from tasks import background, hooks, maintenance, static
from tasks.context import PhaseContext
from tasks.jobs import SHOWN, run_job
from tasks.phase import phase_task
from tasks.serving import refuse_if_it_serves

#: the line by which a migration says, in what it prints, that releases from before it cannot run on what it leaves
IRREVERSIBLE = "bluegreen: irreversible"


@phase_task(Phase.DEPLOY_NEW_VERSION)
def deploy_new_version(context: PhaseContext) -> str:
    """Afterwards the target colour runs the release; no user's request reaches it yet."""
    assert context.deployment.release is not None, "checkout comes first"
    hooks.run(context, HookPoint.BEFORE_BUILD)
    release = context.runtime.build(context.target, context.deployment.release, context.deployment.id, context)
    context.note(release=release)
    static.add(context)
    health.expect_judged(
        context.runtime, context.target, context.deployment.protocol, release, context.deployment.id
    )
    maintenance.begin(context)
    if context.service.migrate and context.deployment.kind == "deploy":
        if not context.deployment.migrated:
            hooks.run(context, HookPoint.BEFORE_MIGRATE)
            _migrate(context)
        context.runtime.forget_jobs(context.target, context)
    _await_last_requests(context)
    refuse_if_it_serves(context, context.target)
    context.note(started=True)
    context.runtime.start(context.target, release, context.deployment.id, context)
    background.start_with_color(context)
    return f"{context.target} runs release {release.name}"


def _await_last_requests(context: PhaseContext) -> None:
    """A deployment that failed, or that Redis has forgotten, may have left requests on what is about to change."""
    store, service = context.store, context.deployment.service
    if store.live(service) and not store.failed_since(service):
        return
    retired = context.router.retiring()
    if any(retired.values()):
        context.report(f"requests from before a reload are not answered yet: {context.target} waits for them")
        context.router.drain(retired, context.service.drain.timeout, context)


def _migrate(context: PhaseContext) -> None:
    """Both versions share one database: see docs/migrations.md for what a migration may do."""
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
            "The database stays as far as they got: nothing undoes that, and whatever uses it goes on with it. "
            "Fix the migration, and deploy again.",
        ) from failed
    context.note(migrated=True, irreversible=context.deployment.irreversible or _says_irreversible(log))
    back = ", and do not go back" if context.deployment.irreversible else ""
    context.report(f"migrations of {context.deployment.label} have run{back}")


def _says_irreversible(printed: str) -> bool:
    return any(line.strip() == IRREVERSIBLE for line in printed.splitlines())
