"""All benchmarks in one run: whatever becomes of one, the others run, and the worst is told."""

import json
import sys
from dataclasses import asdict
from pathlib import Path

import pytest

from bench import all as every
from bench.benchmark import KEPT, MISSED
from bench.results import Results

pytestmark = pytest.mark.real

#: a benchmark that is run as the real ones are
FAKE = """
import os, pathlib, sys, time
def keep():
    pathlib.Path(sys.argv[sys.argv.index("--results") + 1]).write_text({kept!r})
{body}
"""


def results() -> Results:
    measured = Results("abc1234", "2026-01-01 10:00 UTC", "2 cores")
    measured.figure("bluegreen", "cut", [1.0])
    measured.limit("requests cut", 1.0, 0.0)
    return measured


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where benchmarks are, and results that an earlier run has left."""
    monkeypatch.setattr(every, "ROOT", tmp_path)
    monkeypatch.setattr(every, "LONGEST", 2.0)
    (tmp_path / "bench").mkdir()
    (tmp_path / "benchmarks.json").write_text("{}")
    return tmp_path


def put(place: Path, name: str, body: str) -> None:
    kept = json.dumps({name: asdict(results())})
    (place / "bench" / f"{name}.py").write_text(FAKE.format(kept=kept, body=body))


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ("keep()", KEPT),
        ("keep(); sys.exit(1)", MISSED),
        ("raise OSError", every.NOT_MEASURED),
        ("keep(); raise SystemExit(2)", every.NOT_MEASURED),
        ("keep(); os.kill(os.getpid(), 9)", every.NOT_MEASURED),
        ("time.sleep(60)", every.NOT_MEASURED),
    ],
)
def test_a_benchmark_that_ends_without_new_figures_was_not_measured(body: str, status: int, place: Path) -> None:
    put(place, "cutover", body)

    assert every.run("cutover", place / "benchmarks.json", []) == status


def test_one_that_fails_does_not_keep_the_next_nor_the_picture_and_the_worst_status_is_told(
    place: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    put(place, "mixed", "raise OSError")
    put(place, "cutover", "keep(); sys.exit(1)")
    file = place / "benchmarks.json"
    monkeypatch.setattr(sys, "argv", ["bench", "mixed", "cutover", "--results", str(file)])

    assert every.main() == every.NOT_MEASURED

    told = capsys.readouterr().out
    assert "mixed\n  NOT MEASURED" in told
    assert "cutover\n  MISSED requests cut: 1, at most 0" in told
    assert "Requests that 20 switches cut" in file.with_suffix(".svg").read_text()
