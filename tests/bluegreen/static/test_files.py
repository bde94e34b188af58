"""What the folder that nginx serves has, before and after each verb."""

import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from bluegreen.deployment.errors import PhaseFailed, Superseded
from bluegreen.static.files import StaticFiles
from tests.cancellations import Free, Stale
from tests.tasks.moments import killed_at, points_of

pytestmark = pytest.mark.unit

ONE = {"app.1.js": "one", "css/site.css": "one"}
TWO = {"app.2.js": "two", "css/site.css": "two"}
BOTH = {"app.1.js": "one", "app.2.js": "two"}


class Place:
    """A folder that nginx serves."""

    def __init__(self, folder: Path) -> None:
        self.state, self.served = folder / "state", folder / "served"

    @property
    def files(self) -> StaticFiles:
        """As another worker has them."""
        return StaticFiles(self.state, self.served)

    def add(self, release: str, texts: dict[str, str], deployment_id: str | None = None) -> None:
        self.files.add(release, deployment_id or f"d-{release}", lambda into: write(into, texts), Free())

    def live(self, release: str, texts: dict[str, str]) -> None:
        """Afterwards its deployment has succeeded."""
        self.add(release, texts)
        self.files.prefer(release, f"d-{release}", Free())

    def served_texts(self) -> dict[str, str]:
        return read(self.served)


def write(folder: Path, texts: dict[str, str]) -> None:
    for path, text in texts.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)


def read(folder: Path) -> dict[str, str]:
    return {
        each.relative_to(folder).as_posix(): each.read_text() for each in folder.rglob("*") if not each.is_dir()
    }


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


def test_both_versions_are_there_and_the_live_one_counts(place: Place) -> None:
    place.live("v1", ONE)
    assert place.served_texts() == ONE

    place.add("v2", TWO)
    assert place.served_texts() == {**BOTH, "css/site.css": "one"}

    place.files.prefer("v2", "d-v2", Free())
    assert place.served_texts() == {**BOTH, "css/site.css": "two"}

    place.files.prune({"v2"}, Free())
    assert place.served_texts() == TWO
    assert [each.name for each in (place.state / "releases").iterdir()] == ["v2"]


def test_a_release_that_failed_leaves_nothing(place: Place) -> None:
    place.live("v1", ONE)
    place.live("v2", TWO)

    place.files.restore("d-v2", Free())
    assert place.served_texts() == {**BOTH, "css/site.css": "one"}

    place.files.withdraw("d-v2", Free())
    assert place.served_texts() == ONE
    assert not place.files.has("v2")


def test_a_release_that_comes_back_is_not_taken_again_and_stays_when_that_fails(place: Place) -> None:
    place.live("v1", ONE)
    place.live("v2", TWO)

    place.add("v1", {"not": "asked for"}, "d3")
    place.files.prefer("v1", "d3", Free())
    assert place.served_texts()["css/site.css"] == "one"
    place.files.withdraw("d3", Free())

    assert place.served_texts() == {**BOTH, "css/site.css": "two"}


def test_what_somebody_else_has_there_is_theirs_and_comes_back(place: Place) -> None:
    own = {"css/site.css": "theirs", "robots.txt": "theirs"}
    write(place.served, own)
    (place.served / "css/site.css").chmod(0o640)
    os.utime(place.served / "css/site.css", (1, 1))

    place.add("v1", ONE)
    assert place.served_texts() == {**own, "app.1.js": "one"}
    place.files.prefer("v1", "d-v1", Free())
    assert place.served_texts() == {**own, **ONE}

    place.files.forget(Free())
    assert place.served_texts() == own
    there = (place.served / "css/site.css").stat()
    assert there.st_mtime == 1 and (sys.platform == "win32" or there.st_mode & 0o777 == 0o640)


def test_a_file_may_become_a_folder_and_go_back(place: Place) -> None:
    place.live("v1", {"docs": "a file"})
    place.live("v2", {"docs/index.html": "in a folder"})
    assert place.served_texts() == {"docs/index.html": "in a folder"}

    place.files.restore("d-v2", Free())
    assert place.served_texts() == {"docs": "a file"}


@pytest.mark.skipif(sys.platform == "win32", reason="there a folder's rights decide")
def test_nginx_may_read_what_is_new_whatever_the_umask(place: Place) -> None:
    before = os.umask(0o077)
    try:
        place.live("v1", ONE)
    finally:
        os.umask(before)

    assert (place.served / "css").stat().st_mode & 0o777 == 0o755
    assert (place.served / "css/site.css").stat().st_mode & 0o777 == 0o644


def test_a_file_that_stays_the_same_is_not_written_again(place: Place) -> None:
    place.live("v1", ONE)
    before = (place.served / "css/site.css").stat()

    place.live("v2", {**TWO, **ONE})

    assert (place.served / "css/site.css").stat() == before


def test_a_folder_where_a_release_has_a_file_is_refused_and_nothing_changes(place: Place) -> None:
    write(place.served, {"app.1.js/readme": "theirs"})

    with pytest.raises(PhaseFailed, match="not a plain file"):
        place.add("v1", ONE)
    place.files.withdraw("d-v1", Free())

    assert place.served_texts() == {"app.1.js/readme": "theirs"}


def test_who_was_fenced_out_changes_nothing(place: Place) -> None:
    place.live("v1", ONE)

    with pytest.raises(Superseded):
        place.files.add("v2", "d-v2", lambda into: write(into, TWO), Stale())

    assert place.served_texts() == ONE


def test_what_cannot_be_written_is_said(place: Place) -> None:
    place.served.write_text("a file")

    with pytest.raises(PhaseFailed, match="cannot write static files") as caught:
        place.files.expect_writable()

    assert "static.to" in caught.value.advice


def added(place: Place) -> None:
    place.add("v2", TWO)


def preferred(place: Place) -> None:
    place.files.prefer("v2", "d-v2", Free())


def pruned(place: Place) -> None:
    place.files.prune({"v2"}, Free())


def withdrawn(place: Place) -> None:
    place.files.withdraw("d-v2", Free())


@pytest.mark.parametrize("act", [added, preferred, pruned, withdrawn])
def test_killed_anywhere_it_is_done_again_or_leaves_nothing(act: Callable[[Place], None], tmp_path: Path) -> None:
    def ready(name: str) -> Place:
        place = Place(tmp_path / name)
        write(place.served, {"css/site.css": "theirs"})
        place.live("v1", ONE)
        if act is not added:
            place.add("v2", TWO)
        if act in (pruned, withdrawn):
            preferred(place)
        return place

    whole = ready("whole")
    points = points_of(lambda: act(whole))
    assert points
    for number, point in enumerate(points):
        place = ready(str(number))
        with killed_at(number):
            act(place)
        act(place)
        assert place.served_texts() == whole.served_texts(), point
        if act is not pruned:
            withdrawn(place)
            assert place.served_texts() == ONE, point
