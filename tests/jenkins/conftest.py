"""Groovy, the linter, and a deploy host that the Jenkinsfiles deploy to."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.host import Host

LINTER = Path(__file__).parents[1] / "lab" / "groovy" / "node_modules" / "npm-groovy-lint"


@pytest.fixture(scope="session")
def linter() -> Path:
    """Where the linter and its Groovy are. Without them, or without Java: skip, but fail in CI."""
    if not (LINTER / "package.json").exists() or shutil.which("java") is None:
        absent = "no Groovy, run tests/lab/groovy.sh"
        pytest.fail(absent) if os.environ.get("CI") else pytest.skip(absent)
    return LINTER


@pytest.fixture
def host(tmp_path: Path, redis_url: str, redis: object) -> Iterator[Host]:
    """A deploy host with v1 of its service `hello` live."""
    (tmp_path / "host").mkdir()
    with Host(tmp_path / "host", redis_url) as host:
        host.start_nginx()
        host.start_worker()
        assert host.deploy("v1")[0] == 0
        yield host
