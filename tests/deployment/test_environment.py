"""Who reads the environment, what may be shown of a URL, and who asks."""

import re
from pathlib import Path

import pytest

from deployment.environment import who, without_password
from deployment.refs import checked_requester

pytestmark = pytest.mark.unit

ROOT = Path(__file__).parents[2]


def test_no_other_file_of_the_product_reads_a_variable_by_its_name() -> None:
    rooms = ("cli", "workflows", "tasks", "compose", "nginx", "processes", "source", "deployment")
    files = [file for room in rooms for file in (ROOT / room).rglob("*.py")]

    reading = [
        file.relative_to(ROOT).as_posix()
        for file in files
        if re.search(r"environ(\.get\(|\[)|getenv\(", file.read_text("utf-8"))
    ]

    # the demo's application is a program that we run; where programs are is a matter of the system
    assert sorted(reading) == ["cli/demo/app.py", "deployment/environment.py", "deployment/system.py"]


@pytest.mark.parametrize(
    "url",
    [
        "redis://:secret@host:6379/0",
        "redis://user:secret@host",
        "redis://:pa/secret@host",
        "redis://:pa#secret@host",
        "redis://host/0?password=secret",
        "https://user:secret@host/repository.git",
    ],
)
def test_a_password_is_never_shown(url: str) -> None:
    assert "secret" not in without_password(url)
    assert "host" in without_password(url)


@pytest.mark.parametrize("url", ["redis://127.0.0.1:6379/0", "ssh://git@host/x.git", "nonsense"])
def test_a_url_without_one_is_shown_as_it_is(url: str) -> None:
    assert without_password(url) == url


def test_a_build_s_name_is_one_that_a_request_by_http_could_have(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JOB_NAME", "folder/" * 40 + "main")
    monkeypatch.setenv("BUILD_NUMBER", "12")

    assert checked_requester(who()).endswith("folder/main #12")
