"""A command does not import redis-py's asyncio half; whoever uses it has it all the same."""

import subprocess
import sys

HALF = "redis.asyncio.client"


def run(code: str) -> str:
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip()


def test_a_command_leaves_it_aside() -> None:
    assert run(f"import sys, cli.deploying.deploy; print({HALF!r} in sys.modules)") == "False"


def test_whoever_asks_for_it_has_it() -> None:
    code = "import bluegreen.store.connection, redis; print(redis.asyncio.Redis.__module__)"
    again = "import bluegreen.store.connection\nfrom redis.asyncio import Redis\nprint(Redis.__module__)"

    assert {run(code), run(again)} == {HALF}
