"""Commands of the host's config that run at certain points of a deployment: a bad end of one undoes it."""

from collections.abc import Callable, Collection, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import copy_context
from time import monotonic

from bluegreen.deployment.cancellation import Stoppable
from bluegreen.deployment.errors import JobFailed
from bluegreen.deployment.hooks import HookPoint
from bluegreen.deployment.job import Job
from bluegreen.settings.hooks import HookSettings
from tasks.context import PhaseContext
from tasks.jobs import SHOWN, expect_program, run_job


def preflight(context: PhaseContext) -> None:
    """Raise PhaseFailed where the program of a hook is not there, as far as this host knows before the build."""
    for each in context.service.hooks:
        if each.at in points(context):
            expect_program(context.site, each.command, each.where, context.deployment.release)


def points(context: PhaseContext) -> Collection[HookPoint]:
    """Those at which this deployment runs hooks.

    A rollback has none: nothing but the health check stands between users and the version before. A redeployment
    builds nothing, and migrates nothing.
    """
    of_redeployment = [each for each in HookPoint if each.knows_new_version]
    of_kind = {"deploy": list(HookPoint), "redeploy": of_redeployment}
    return of_kind.get(context.deployment.kind, ())


def of(context: PhaseContext, point: HookPoint) -> Collection[HookSettings]:
    """Those that this deployment has at that point."""
    return [each for each in context.service.hooks if each.at is point and point in points(context)]


def run(context: PhaseContext, point: HookPoint) -> None:
    """Afterwards all hooks of that point have ended well, in their order. Once that is noted, none runs again."""
    if _are_due(context, point):
        _run_all(context, point)
        _note(context, point)


@contextmanager
def running(context: PhaseContext, point: HookPoint) -> Iterator[Callable[[], bool]]:
    """The same, beside what is done in the block, which is given what says whether they have all ended well.

    It raises what is wrong with one of them. What runs when the block is left is ended.
    """
    if not _are_due(context, point):
        yield lambda: True
        return
    stoppable = Stoppable(context)
    with ThreadPoolExecutor(1, f"hooks of {context.deployment.id}") as pool:
        # with our context: it says for which service programs are run
        beside = context.with_cancellation(stoppable)
        work = pool.submit(copy_context().run, _run_all, beside, point)
        try:
            yield lambda: _have_ended(context, point, work)
        finally:
            stoppable.stop()


def _are_due(context: PhaseContext, point: HookPoint) -> bool:
    if not of(context, point):
        return False
    if point in context.deployment.passed_hooks:
        context.runtime.forget_jobs(context.target, context, f"{point}-")
        return False
    return True


def _have_ended(context: PhaseContext, point: HookPoint, work: "Future[None]") -> bool:
    if not work.done():
        return False
    work.result()
    if point not in context.deployment.passed_hooks:
        _note(context, point)
    return True


def _note(context: PhaseContext, point: HookPoint) -> None:
    context.note(passed_hooks=(*context.deployment.passed_hooks, point))
    context.runtime.forget_jobs(context.target, context, f"{point}-")


def _run_all(context: PhaseContext, point: HookPoint) -> None:
    for job, hook in _jobs(context, point):
        _run(context, job, hook)


def _run(context: PhaseContext, job: Job, hook: HookSettings) -> None:
    began = monotonic()
    context.report(f"{job.label} runs: {' '.join(job.command)}")
    try:
        run_job(context, job, hook.where)
    except JobFailed as failed:
        back = f"{context.way_back} " if context.deployment.switch_started else ""
        advice = f"{back}Fix what the hook has found, or the hook itself; then deploy again."
        raise JobFailed(failed.what, failed.saw[-SHOWN:], advice) from failed
    context.report(f"{job.label} ended well after {monotonic() - began:.1f} s")


def _jobs(context: PhaseContext, point: HookPoint) -> Iterator[tuple[Job, HookSettings]]:
    for number, hook in enumerate(of(context, point)):
        facts = {**_facts(context), "hook": point}
        if point.knows_new_version:
            facts["url"] = _url_of_target(context, hook)
        variables = {f"BLUEGREEN_{name.upper()}": str(value) for name, value in facts.items()}
        yield Job(f"{point}-{number}", f"the hook {point}", hook.command, hook.timeout, variables), hook


def _facts(context: PhaseContext) -> dict[str, str]:
    deployment, release = context.deployment, context.deployment.release
    live = deployment.from_release
    return {
        "service": deployment.service,
        "deployment": deployment.id,
        "color": context.target,
        "release": release.name if release else "",
        "ref": deployment.ref or "",
        "commit": (release and release.commit) or "",
        "live_color": deployment.from_color or "",
        "live_release": live.name if live else "",
        "site_url": next((each.url for each in context.service.proxies if each.url), None) or "",
    }


def _url_of_target(context: PhaseContext, hook: HookSettings) -> str:
    """The new version itself, as the hook reaches it: in a container by its name on the network."""
    within = context.runtime.address_in_network(context.target) if hook.where == "release" else None
    return f"http://{within or context.runtime.address_on_host(context.target)}"
