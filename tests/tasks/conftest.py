"""What the phases' tests share."""

from pathlib import Path

import pytest

from tests.tasks.memory import Host, in_no_time


@pytest.fixture
def host(tmp_path: Path) -> Host:
    return Host(tmp_path)


@pytest.fixture(autouse=True)
def _in_no_time(monkeypatch: pytest.MonkeyPatch) -> None:
    in_no_time(monkeypatch)
