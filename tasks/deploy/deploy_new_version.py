"""Deploy new version: build it, migrate the database for it, and start it beside the old one."""

from bluegreen.deployment.errors import MigrationFailed, PhaseFailed
from bluegreen.deployment.record import Release
from bluegreen.deployment.states import Phase
from nginx.drain import drain
from tasks import services
from tasks.context import Run
from tasks.phase import phase_task
from tasks.serving import refuse_if_it_serves


@phase_task(Phase.DEPLOY_NEW_VERSION)
def deploy_new_version(run: Run) -> str:
    """Afterwards the target colour runs the release; no user's request reaches it yet."""
    assert run.record.release is not None, "checkout comes first"
    release = run.runtime.build(run.target, run.record.release, run.record.id, run)
    run.note(release=release)
    if run.service.migrate and run.record.kind == "deploy":
        if not run.record.migrated:
            _migrate(run, release)
        run.runtime.forget_migrations(run.target, run)
    _await_last_requests(run)
    refuse_if_it_serves(run, run.target)
    run.note(started=True)
    run.runtime.start(run.target, release, run.record.id, run)
    return f"{run.target} runs release {release.name}"


def _await_last_requests(run: Run) -> None:
    """A deployment that failed, or that Redis has forgotten, may have left requests on what is about to change."""
    store, service = services.store(), run.record.service
    if store.live(service) and not store.failed_since(service):
        return
    retired = {proxy.label: tuple(proxy.workers().keys() - proxy.serving_workers()) for proxy in run.proxies}
    if any(retired.values()):
        run.tell(f"requests from before a reload are not answered yet: {run.target} waits for them")
        drain(run.proxies, retired, run.service.drain.timeout, run)


def _migrate(run: Run, release: Release) -> None:
    """Both versions share one database: see docs/migrations.md for what a migration may do."""
    try:
        log = run.runtime.migrate(run.target, release, run.record.id, run)
    except MigrationFailed as failed:
        raise PhaseFailed(
            failed.what,
            failed.saw,
            "The database stays as far as they got: nothing undoes that, and whatever uses it goes on with it. "
            "Fix the migration, and deploy again.",
        ) from failed
    run.tell(log.strip(), kind="logs")
    run.note(migrated=True)
    run.tell(f"migrations of {release.name} have run")
