"""Where the files of a release are on this host."""

from pathlib import Path

from bluegreen.deployment.errors import PhaseFailed
from bluegreen.deployment.record import Release
from bluegreen.settings.service import ServiceSettings


def folder_of(name: str, service: ServiceSettings, release: Release) -> Path:
    """The folder into which bluegreen/source/ has put them; without a source, the workspace as it is.

    Raises PhaseFailed when they are not there any more.
    """
    if not service.source:
        return service.workspace.absolute()
    if release.commit and (folder := service.releases_folder / release.commit).is_dir():
        return folder
    raise PhaseFailed(
        f"the files of release {release.name} are not on this host any more",
        f"{service.releases_folder} has no folder of its commit, {release.commit or 'which is not known'}",
        f"Deploy the release again: bluegreen deploy {name} --ref {release.ref_of_it_alone}",
    )


def newest(service: ServiceSettings) -> Path | None:
    """The folder of the release that was checked out last; None without a source, or before the first one."""
    folder = service.releases_folder
    found = [each for each in folder.iterdir() if each.name[0] != "."] if folder.is_dir() else []
    return max(found, key=lambda each: each.stat().st_ctime, default=None)
