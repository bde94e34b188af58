"""What becomes of a release's static files in each phase. Where nginx serves none of them, nothing is asked.

The folder has those of both versions from before the switch on; where both have a path, the file of the live one.
"""

from collections.abc import Collection
from functools import partial

from bluegreen.deployment.errors import PhaseFailed
from bluegreen.deployment.record import Release
from bluegreen.static.state import FORMER
from tasks.context import PhaseContext


def preflight(context: PhaseContext) -> None:
    """Raise PhaseFailed while nothing is changed yet: the folder can be written to."""
    if context.site.static:
        context.site.static.expect_writable()


def add(context: PhaseContext) -> None:
    """Afterwards the new version's files are served beside those of the old one."""
    assert context.deployment.release is not None, "checkout comes first"
    old = context.deployment.from_release
    if context.site.static and old and not context.site.static.has(old.name):
        try:
            _add(context, context.runtime.kept(old), None)
        except PhaseFailed as error:  # deployed before there was a folder, and perhaps without any such files
            context.report(f"static files of {old.name} are not served from the folder: {error.what}")
    _add(context, context.deployment.release, context.deployment.id)


def prefer(context: PhaseContext) -> None:
    """Afterwards the new version's files count where both have a path."""
    if context.site.static and context.deployment.release:
        context.site.static.prefer(context.deployment.release.name, context.deployment.id, context)


def restore(context: PhaseContext) -> None:
    """Afterwards the old version's files count again."""
    if context.site.static and context.deployment.to_adopted:
        context.site.static.prefer(FORMER, context.deployment.id, context)
    elif context.site.static:
        context.site.static.restore(context.deployment.id, context)


def withdraw(context: PhaseContext) -> None:
    """Afterwards nothing is left of the new version's files."""
    if context.site.static and context.deployment.to_adopted:
        context.site.static.forget(context)
    elif context.site.static:
        context.site.static.withdraw(context.deployment.id, context)


def prune(context: PhaseContext, kept: Collection[Release]) -> None:
    """Afterwards there are the files of these releases alone."""
    if context.site.static:
        context.site.static.prune({each.name for each in kept}, context)


def _add(context: PhaseContext, release: Release, deployment_id: str | None) -> None:
    static, settings = context.site.static, context.service.static
    if static and settings:
        fill = partial(context.runtime.copy_files, release, settings.from_, cancellation=context)
        static.add(release.name, deployment_id, lambda folder: fill(into=folder), context)
