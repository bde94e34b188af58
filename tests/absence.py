"""What a test needs and this machine has not."""

import os
from typing import NoReturn

import pytest


def without(what: str) -> NoReturn:
    """Skip the test; in CI, where tests/lab/programs.sh has installed it, fail."""
    said = f"there is no {what}: tests/lab/programs.sh installs it on Debian"
    pytest.fail(said) if os.environ.get("CI") else pytest.skip(said)
