"""What a last look says, wherever it is shown."""

import pytest

from bluegreen.deployment.last_look import NOT_TAKEN, LastLook, seen

pytestmark = pytest.mark.unit


def test_what_a_look_says_has_no_secret_and_no_control_in_it() -> None:
    look = LastLook(None, "redis://ann:s3cret@host refuses\x1b[2J")

    assert "s3cret" not in look.what and "\x1b" not in look.what and "host refuses" in look.what
    assert seen(look) == look.what and seen(None) == NOT_TAKEN
