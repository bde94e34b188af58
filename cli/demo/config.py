"""The bluegreen.toml of the demo: an ordinary one, with short waits."""

import json
import sys
from collections.abc import Mapping
from pathlib import Path

from cli.demo import app

SERVICE = "hello"
#: the command; -P: a folder named `cli` where the user stands must not come before ours
BLUEGREEN = (sys.executable, "-P", "-m", "bluegreen_entry")
#: seconds that every twentieth request takes
SLOW = 1.0

_TEXT = """\
[redis]
url = "redis://127.0.0.1:{redis}/0"

[services.hello]
workspace = "."

[services.hello.ports]
blue = {blue}
green = {green}

[services.hello.health]
path = "/health"
attempts = 3
interval = 0.5
timeout = 1

[services.hello.processes]
command = [
    {python}, "-P", {app},
    "--port", "{{port}}", "--version", "{{release}}", "--slow", "{slow:g}",
]
stop_grace = 3

[[services.hello.proxies]]
binary = {nginx}
conf = "nginx.conf"
file = "conf.d/app.inc"
url = "http://127.0.0.1:{site}"
status_port = {status}

[services.hello.drain]
timeout = 10

[services.hello.bake]
seconds = 1
"""


def config_text(ports: Mapping[str, int], nginx: str) -> str:
    """The file's text for these ports (redis, site, status, blue, green) and this nginx binary."""
    programs = {"nginx": nginx, "python": sys.executable, "app": app.__file__}
    # JSON strings are TOML strings, backslashes of Windows paths included.
    quoted = {name: json.dumps(path) for name, path in programs.items()}
    return _TEXT.format(**ports, **quoted, slow=SLOW)


def write_config(folder: Path, ports: Mapping[str, int], nginx: str) -> Path:
    """Write `folder`/bluegreen.toml and return its path."""
    path = folder / "bluegreen.toml"
    path.write_text(config_text(ports, nginx), encoding="utf-8")
    return path


def state_root(config: Path) -> Path:
    """Where the state of the demo's installation lies: it goes with the demo."""
    return config.parent / "state"


def environment_for(redis_url: str, config: Path) -> dict[str, str]:
    """What the command and the worker need: both, so that what the user has set counts for nothing here."""
    ours = {"BLUEGREEN_REDIS_URL": redis_url, "BLUEGREEN_CONFIG": str(config)}
    ours["STATE_DIRECTORY"] = str(state_root(config))
    # Locks that all services of a host share would outlive the demo; its nginx is nobody else's.
    return ours | dict.fromkeys(("TMPDIR", "TEMP", "TMP"), str(config.parent))
