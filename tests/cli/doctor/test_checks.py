"""Checks whose troubles cannot be made here: an old Redis, a clock that is wrong, a disk that is full."""

import re
import time
from collections import namedtuple
from pathlib import Path
from types import SimpleNamespace

import pytest

from bluegreen.deployment.errors import UsageError
from bluegreen.deployment.states import Color
from bluegreen.settings.service import ServiceSettings
from cli.doctor import host, redis
from cli.doctor.findings import Advice, Check, Verdict, find

pytestmark = pytest.mark.unit

Usage = namedtuple("Usage", "total used free")


class StandIn:
    """In place of a connection to Redis: says what the test wants."""

    def __init__(self, version: str = "7.0.15", ahead: float = 0) -> None:
        self.version, self.ahead = version, ahead

    def info(self, _section: str) -> dict[str, str]:
        return {"redis_version": self.version}

    def time(self) -> tuple[int, int]:
        moment = time.time() + self.ahead
        return int(moment), int(moment % 1 * 1_000_000)


@pytest.mark.parametrize(
    ("version", "verdict"),
    [("6.2.0", "ok"), ("7.0.15", "ok"), ("10.0", "ok"), ("6.0.16", "wrong"), ("3.2", "wrong"), ("", "wrong")],
)
def test_a_redis_is_judged_by_its_version_as_numbers(version: str, verdict: str) -> None:
    assert find(Check("redis", "version", lambda: redis.version(StandIn(version)))).verdict == verdict


@pytest.mark.parametrize(("ahead", "verdict"), [(0, Verdict.OK), (60, Verdict.ADVICE), (-3600, Verdict.ADVICE)])
def test_clocks_that_differ_are_told_of_whichever_is_ahead(ahead: float, verdict: Verdict) -> None:
    finding = find(Check("redis", "clock", lambda: redis.clock(StandIn(ahead=ahead))))

    assert finding.verdict is verdict
    assert verdict is Verdict.OK or "NTP" in finding.fix


@pytest.mark.parametrize(
    ("url", "is_well"),
    [
        ("redis://127.0.0.1:6379/0", True),
        ("redis://localhost/0", True),
        ("redis://[::1]:6379/0", True),
        ("rediss://redis.example.org:6380/0", True),
        ("redis+sentinel://127.0.0.1,localhost/shop", True),
        ("redis+sentinel://:secret@127.0.0.1,redis.example.org/shop", False),
        ("redis://:secret@redis.example.org:6379/0", False),
    ],
)
def test_a_password_in_clear_text_is_told_of_and_not_told(
    url: str, is_well: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BLUEGREEN_REDIS_URL", url)

    finding = find(Check("redis", "transport", lambda: redis.transport(StandIn())))

    assert (finding.verdict is Verdict.OK) == is_well and "secret" not in str(finding)


@pytest.mark.parametrize(("free", "problem"), [(0.5, UsageError), (3, Advice), (50, None)])
def test_a_disk_is_judged_by_what_a_release_needs(
    free: float, problem: type[Exception] | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shutil.disk_usage", lambda _: Usage(0, 0, int(free * host.GIB)))

    if problem is None:
        assert "50.0 GiB free" in host.room(tmp_path)
    else:
        with pytest.raises(problem, match=re.escape(str(tmp_path))):
            host.room(tmp_path)


def test_a_folder_that_is_not_there_is_an_answer_and_no_end_of_all_checks(tmp_path: Path) -> None:
    finding = find(Check("web", "disk", lambda: host.room(tmp_path / "wbe")))

    assert (
        finding.verdict is Verdict.WRONG and "cannot be looked at" in finding.what and "workspace" in finding.fix
    )


def test_a_colour_whose_file_comes_with_the_first_release_is_not_judged(tmp_path: Path) -> None:
    settings = {
        "workspace": tmp_path,
        "compose": {},
        "ports": {"blue": 1, "green": 2},
        "proxies": [{"container": "proxy", "file": "upstream.inc"}],
        "source": {"url": "https://git.invalid/x.git"},
    }
    service = ServiceSettings.model_validate(settings).kept_in(tmp_path / "state")
    subject = SimpleNamespace(service=service)

    finding = find(Check("web", "blue", lambda: host.color(subject, Color.BLUE)))  # type: ignore[arg-type]

    assert finding.verdict is Verdict.UNKNOWN and "nothing was checked out yet" in finding.what
