"""The file that says which image a release is."""

import stat
import sys
from pathlib import Path

import pytest

from bluegreen.deployment.errors import PhaseFailed
from compose.images.file import Image, Known, load, save

pytestmark = pytest.mark.unit

KNOWN = Known(releases={"v1": {"app-{color}": Image(id="sha256:1", tag="web:v1", name="app:latest")}})


def test_what_was_saved_is_known(tmp_path: Path) -> None:
    path = tmp_path / "state" / "web.images.json"
    nothing = load(path)
    save(path, KNOWN)
    save(path, KNOWN)

    assert nothing == Known()
    assert load(path) == KNOWN
    assert [each.name for each in path.parent.iterdir()] == [path.name]


@pytest.mark.skipif(sys.platform == "win32", reason="there a folder's rights decide")
def test_it_is_for_nobody_else_to_read(tmp_path: Path) -> None:
    path = tmp_path / "web.images.json"
    path.with_name(f"{path.name}.new").write_text("left by a kill")
    save(path, KNOWN)

    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.parametrize("text", ["", "{", '{"releases": 1}'])
def test_one_that_cannot_be_read_is_not_taken_for_none(text: str, tmp_path: Path) -> None:
    path = tmp_path / "web.images.json"
    path.write_text(text)

    with pytest.raises(PhaseFailed, match="cannot read") as caught:
        load(path)

    assert "move it away" in caught.value.advice
