"""Files of our own, and what is made of one."""

from pathlib import Path

import pytest

from bluegreen.deployment.errors import PhaseFailed
from bluegreen.system.private_files import secret_of

pytestmark = pytest.mark.unit


def test_a_secret_is_that_of_its_name_and_its_key(tmp_path: Path) -> None:
    one = secret_of("web-1", tmp_path / "state" / "key")

    assert secret_of("web-1", tmp_path / "state" / "key") == one and len(one) == 32
    assert len({one, secret_of("web-2", tmp_path / "state" / "key"), secret_of("web-1", tmp_path / "other")}) == 3


def test_a_key_that_cannot_be_kept_fails_the_phase(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("no folder")

    with pytest.raises(PhaseFailed, match="cannot keep a key"):
        secret_of("web-1", tmp_path / "state" / "key")
