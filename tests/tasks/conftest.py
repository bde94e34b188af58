"""What the phases' tests share."""

from pathlib import Path

import pytest

from tests.tasks.memory import Host


@pytest.fixture
def host(tmp_path: Path) -> Host:
    return Host(tmp_path)
