"""Where the files of a release are."""

import os
from pathlib import Path

import pytest

from bluegreen.deployment.errors import PhaseFailed
from bluegreen.deployment.record import Release
from bluegreen.settings import release_folder
from bluegreen.settings.service import ServiceSettings
from bluegreen.system import platform
from tests.tasks.memory import SERVICE

pytestmark = pytest.mark.unit

COMMIT = "c0ffee00"
links = pytest.mark.skipif(platform.is_windows(), reason="Wine makes no links")


def service(folder: Path, **settings: object) -> ServiceSettings:
    return ServiceSettings.model_validate({**SERVICE, "workspace": folder, **settings}).kept_in(folder / "state")


def test_without_a_source_they_are_the_workspace(tmp_path: Path) -> None:
    assert release_folder.folder_of("web", service(tmp_path), Release(name="v1")) == tmp_path
    assert release_folder.newest(service(tmp_path)) is None


def test_from_git_they_are_in_a_folder_of_their_commit(tmp_path: Path) -> None:
    of_git = service(tmp_path, source={"url": "https://git.example/web.git"})
    folder = tmp_path / "state" / "releases" / COMMIT
    release = Release(name="v1", ref="v1", commit=COMMIT)
    with pytest.raises(PhaseFailed, match="release v1 are not on this host") as refused:
        release_folder.folder_of("web", of_git, release)
    assert COMMIT in refused.value.saw and "bluegreen deploy web --ref c0ffee00" in refused.value.advice
    folder.mkdir(parents=True)

    assert release_folder.folder_of("web", of_git, release) == folder
    with pytest.raises(PhaseFailed, match="are not on this host") as unknown:
        release_folder.folder_of("web", of_git, Release(name="v1"))
    assert "is not known" in unknown.value.saw


def test_the_newest_is_the_one_that_was_checked_out_last(tmp_path: Path) -> None:
    of_git = service(tmp_path, source={"url": "https://git.example/web.git"})
    folders = [of_git.releases_folder / name for name in ("b", "a", ".unfinished")]
    for folder in folders:
        folder.mkdir(parents=True)
        while folder.stat().st_ctime <= max(
            (each.stat().st_ctime for each in folders if each.exists() and each != folder), default=0
        ):
            os.utime(folder)

    assert release_folder.newest(of_git) == folders[1]


@links
def test_its_files_are_copied_and_a_link_is_the_file_to_which_it_leads_in_there(tmp_path: Path) -> None:
    public, into = tmp_path / "public", tmp_path / "into"
    (public / "css").mkdir(parents=True)
    (public / "css" / "site.css").write_text("body")
    (public / "main.css").symlink_to("css/site.css")

    release_folder.copy_files("web", service(tmp_path), Release(name="v1"), "public", into)

    assert {each.relative_to(into).as_posix() for each in into.rglob("*")} == {"css", "css/site.css", "main.css"}
    assert (into / "main.css").read_text() == "body" and not (into / "main.css").is_symlink()


@links
@pytest.mark.parametrize("target", ["../secret", "css", "nowhere"])
def test_a_link_that_leads_to_no_file_in_there_is_refused(target: str, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("secret")
    (tmp_path / "public" / "css").mkdir(parents=True)
    (tmp_path / "public" / "link").symlink_to(target)

    with pytest.raises(PhaseFailed, match="link is not a file of that folder"):
        release_folder.copy_files("web", service(tmp_path), Release(name="v1"), "public", tmp_path / "into")


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(PhaseFailed, match="there is no folder .*public") as caught:
        release_folder.copy_files("web", service(tmp_path), Release(name="v1"), "public", tmp_path / "into")

    assert "static.from" in caught.value.advice
