"""The release beside the workspace, which no deployment writes to: what is refused, and what is reported."""

from pathlib import Path

from bluegreen.deployment.errors import PhaseFailed
from bluegreen.deployment.runtime import Runtime
from bluegreen.deployment.states import Color
from bluegreen.settings import release_folder
from bluegreen.settings.service import ServiceSettings
from bluegreen.source import git
from bluegreen.source.workspace import differing
from tasks.context import PhaseContext


def refuse_data_left_behind(context: PhaseContext, color: Color) -> None:
    """Raise PhaseFailed when the release would write beside users' data, and not see it.

    That is where a folder is mounted of which git tracks a part: it is the release's, and what else is in the
    workspace's is not in it.
    """
    release = context.deployment.release
    assert release is not None, "checkout comes first"
    for folder in (
        context.runtime.written_by(color, release, context.deployment.id) if context.service.source else ()
    ):
        if file := git.of_nobody(context.deployment.service, context.service, folder, context):
            inner = folder.relative_to(
                release_folder.folder_of(context.deployment.service, context.service, release)
            ).as_posix()
            raise PhaseFailed(
                f"the folder ./{inner} is mounted, and is both the release's and the workspace's",
                f"git tracks files in it, and not {file}, which the release would not see",
                f"Mount what is the workspace's by itself (./{file}, or a folder of which git tracks nothing), or"
                f" the folder read-only (:ro). If {file} is of no use any more, remove it.",
            )


def report_what_stays(context: PhaseContext) -> None:
    """Add a line to the events with the files that the release has, nobody deploys, and that differ."""
    if context.service.source and context.deployment.release:
        tree = release_folder.folder_of(context.deployment.service, context.service, context.deployment.release)
        if names := not_deployed(context.service, context.runtime, tree):
            context.report(f"not deployed, and another one in the workspace: {', '.join(names)}")


def not_deployed(service: ServiceSettings, runtime: Runtime, tree: Path) -> list[str]:
    """Files of the release that what is shared reads in the workspace, and that are other ones there.

    The proxies' own files are not among them: those are ours to write.
    """
    own = [proxy.file for proxy in service.proxies if proxy.file]
    paths = [*runtime.read_by_others(), *(each.parent for each in own)]
    return differing(tree, service.workspace.absolute(), paths, own)
