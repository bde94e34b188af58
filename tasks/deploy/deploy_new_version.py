"""Deploy new version: build it, migrate the database for it, and start it beside the old one."""

from bluegreen.deployment.hooks import HookPoint
from bluegreen.deployment.states import Phase
from bluegreen.traffic import health
from tasks import background, hooks, maintenance, migrations, static
from tasks.context import PhaseContext
from tasks.phase import phase_task
from tasks.serving import refuse_if_it_serves


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
    migrations.run(context)
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
