"""How one benchmark is run."""

from importlib.util import cache_from_source
from pathlib import Path

import pytest

from bench.benchmark import ROOT, compile_sources

pytestmark = pytest.mark.unit


def test_commands_are_compiled_before_they_are_measured() -> None:
    compiled = Path(cache_from_source(str(ROOT / "cli" / "demo" / "servers.py")))
    compiled.unlink(missing_ok=True)
    compile_sources()
    assert compiled.exists()
