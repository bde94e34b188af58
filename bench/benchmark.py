"""Runs one benchmark: its options, where it was measured, its tables on the terminal, its exit status."""

import argparse
import compileall
import os
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import psutil

from bench import page, results
from bench.results import FILE, Results

KEPT, MISSED = 0, 1
#: what becomes of these pages is no change of what is measured
PAGES = ":!docs/benchmarks*"
ROOT = FILE.parents[1]


def run(name: str, doc: str | None, measure: Callable[[Results, int], None], rounds: int) -> int:
    """Measure, keep the figures and show them; KEPT, or MISSED where one of its limits is."""
    parser = argparse.ArgumentParser(description=doc)
    parser.add_argument("--rounds", type=int, default=rounds)
    parser.add_argument("--results", type=Path, default=FILE, help="where the figures are kept")
    options = parser.parse_args()
    compile_sources()
    measured = Results(commit(), f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC", machine())
    measure(measured, options.rounds)
    results.keep(name, measured, options.results)
    print(page.tables(measured), flush=True)
    return KEPT if measured.is_kept else MISSED


def compile_sources() -> None:
    """As pip does to what it installs; else each start compiles them where it may not write byte code."""
    for room in ("bluegreen", "cli", "workflows", "tasks", "compose", "nginx"):
        compileall.compile_dir(ROOT / room, quiet=1)


def commit() -> str:
    """What is measured; with a + where something was changed since."""
    changed = _git("status", "--porcelain", "--untracked-files=no", "--", ".", PAGES)
    return _git("rev-parse", "--short", "HEAD") + ("+" if changed else "")


def machine() -> str:
    """How large it is, and the Python; its name is nobody's affair."""
    memory = psutil.virtual_memory().total / 2**30
    return f"{os.cpu_count()} cores, {memory:.0f} GB, Python {sys.version.split()[0]}"


def _git(*arguments: str) -> str:
    return subprocess.run(
        ["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=True, timeout=30
    ).stdout.strip()
