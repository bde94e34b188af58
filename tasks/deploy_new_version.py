"""Deploy new version: build it, and start it beside the old one."""

from deployment.states import Phase
from tasks.phase import phase_task
from tasks.run import Run


@phase_task(Phase.DEPLOY_NEW_VERSION)
def deploy_new_version(run: Run) -> str:
    """Afterwards the target colour runs the release; no user's request reaches it yet."""
    assert run.record.release is not None, "checkout comes first"
    release = run.runtime.build(run.target, run.record.release, run)
    run.note(release=release, started=True)
    run.runtime.start(run.target, release, run.record.id, run)
    return f"{run.target} runs release {release.name}"
