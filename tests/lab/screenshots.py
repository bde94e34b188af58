"""Takes the picture of docs/flower.md from a real run: `make screenshots`, with Debian's chromium.

A deployment succeeds, one is rolled back, and the health check of a third is retrying while the picture is taken.
"""

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from cli.demo.servers import free_port, listens, redis_server
from deployment.states import Phase
from tests.e2e.flower import PASSWORD, USER, Flower
from tests.e2e.host import Host

PICTURE = Path(__file__).parents[2] / "docs" / "flower.png"
SIZE = "1360,1060"


def main() -> None:
    """Write the picture."""
    chromium = shutil.which("chromium")
    if chromium is None:
        sys.exit("screenshots: there is no chromium (on Debian: apt-get install chromium)")
    with tempfile.TemporaryDirectory(prefix="bluegreen-") as folder:
        port = free_port()
        (Path(folder) / "redis").mkdir()
        with redis_server(Path(folder) / "redis", port) as redis:
            redis.wait_until(lambda: listens(port), "Redis")
            with Host(Path(folder), f"redis://127.0.0.1:{port}/0") as host:
                host.start_nginx()
                host.start_worker()
                with Flower(host) as flower:
                    show(host, flower)
                    photograph(chromium, flower, Path(folder))


def show(host: Host, flower: Flower) -> None:
    """Something of everything; returns once Flower shows it."""
    host.deploy("v1")
    host.deploy("deaf")
    host.configure(attempts=100, interval=1)
    identity = host.bluegreen("deploy", "hello", "--ref", "broken", "--detach").stdout.strip()
    host.wait_until(lambda: flower.tasks(identity).get(f"deploy.{Phase.HEALTH_CHECK}", {}).get("retries", 0) >= 2)


def photograph(chromium: str, flower: Flower, folder: Path) -> None:
    """Write what a browser shows of the tasks, once its requests are answered."""
    address = flower.url.replace("://", f"://{USER}:{PASSWORD}@")
    arguments = [
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        f"--user-data-dir={folder}/profile",
        "--hide-scrollbars",
    ]
    arguments += [f"--window-size={SIZE}", "--virtual-time-budget=10000", f"--screenshot={PICTURE}"]
    subprocess.run([chromium, *arguments, f"{address}/tasks"], check=True, timeout=120, stderr=subprocess.DEVNULL)


if __name__ == "__main__":
    main()
