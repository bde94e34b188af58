"""Where the files of a release are on this host."""

import shutil
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


def copy_files(name: str, service: ServiceSettings, release: Release, path: str, into: Path) -> None:
    """Afterwards `into` has the files below that path of it; a link counts as the file to which it leads in there.

    PhaseFailed where there is no such folder, or a link leads elsewhere.
    """
    source = folder_of(name, service, release) / path
    if not source.is_dir():
        raise PhaseFailed(f"there is no folder {source}", advice="Correct static.from in the config file.")
    root = source.resolve()
    for each in source.rglob("*"):
        if each.is_dir() and not each.is_symlink():
            continue
        there, place = each.resolve(), into / each.relative_to(source)
        if not (there.is_file() and there.is_relative_to(root)):
            raise PhaseFailed(
                f"{each} is not a file of that folder",
                f"it leads to {there}",
                "Static files are plain files: put the file itself there.",
            )
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(there, place)


def newest(service: ServiceSettings) -> Path | None:
    """The folder of the release that was checked out last; None without a source, or before the first one."""
    folder = service.releases_folder
    found = [each for each in folder.iterdir() if each.name[0] != "."] if folder.is_dir() else []
    return max(found, key=lambda each: each.stat().st_ctime, default=None)
