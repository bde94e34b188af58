"""Who reads the environment, what may be shown of a URL, and who asks."""

import re
from pathlib import Path

import pytest

from bluegreen.deployment.names import checked_requester
from bluegreen.system.environment import who

pytestmark = pytest.mark.unit

ROOT = Path(__file__).parents[3]


def test_no_other_file_of_the_product_reads_a_variable_by_its_name() -> None:
    rooms = ("bluegreen", "cli", "workflows", "tasks", "compose", "nginx")
    files = [file for room in rooms for file in (ROOT / room).rglob("*.py")]

    reading = [
        file.relative_to(ROOT).as_posix()
        for file in files
        if re.search(r"environ(\.get\(|\[)|getenv\(", file.read_text("utf-8"))
    ]

    # the demo's application is a program that we run; where programs are is a matter of the system;
    # the entry looks before anything of ours is imported
    assert sorted(reading) == [
        "bluegreen/__main__.py",
        "bluegreen/system/environment.py",
        "bluegreen/system/platform.py",
        "cli/demo/app.py",
    ]


def test_a_build_s_name_is_one_that_a_request_by_http_could_have(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JOB_NAME", "folder/" * 40 + "main")
    monkeypatch.setenv("BUILD_NUMBER", "12")

    assert checked_requester(who()).endswith("folder/main #12")
