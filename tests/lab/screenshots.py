"""Takes the picture of docs/flower.md from a real run: `make screenshots`, with Debian's chromium.

A deployment succeeds, one is rolled back, and the health check of a third is retrying while the picture is taken.
"""

import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from bluegreen.deployment.states import Phase
from cli.demo.servers import free_port, redis_answers, redis_server
from tests.e2e.flower import PASSWORD, USER, Flower
from tests.e2e.host import Host

PICTURE = Path(__file__).parents[2] / "docs" / "flower.png"
#: what it shows, for the test that knows when it is old: the phases of the deployment that was rolled back
PHASES = PICTURE.with_suffix(".txt")
SIZE = "2540,1130"
#: Flower's page is at most 120 rem wide, and scrolls to what its table has beyond: the picture has all columns
WIDER = """
.app-content { width: 100% !important }
#tasks-table td:nth-child(6) { white-space: normal !important; min-width: 34rem }
"""


def main() -> None:
    """Write the picture."""
    chromium = shutil.which("chromium")
    if chromium is None:
        sys.exit("screenshots: there is no chromium (on Debian: apt-get install chromium)")
    with tempfile.TemporaryDirectory(prefix="bluegreen-") as folder:
        port = free_port()
        (Path(folder) / "redis").mkdir()
        with redis_server(Path(folder) / "redis", port) as redis:
            redis.wait_until(lambda: redis_answers(port), "Redis")
            with Host(Path(folder), f"redis://127.0.0.1:{port}/0") as host:
                host.start_nginx()
                host.start_worker()
                with Flower(host) as flower:
                    rolled_back = show(host, flower)
                    PHASES.write_text("".join(f"{name}\n" for name in named(flower, rolled_back)))
                    photograph(chromium, flower, Path(folder))


def show(host: Host, flower: Flower) -> str:
    """Something of everything; returns once Flower shows it, with the id of what was rolled back."""
    host.deploy("v1")
    _, rolled_back = host.deploy("deaf")
    host.configure(attempts=100, interval=1)
    identity = host.bluegreen("deploy", "hello", "--ref", "broken", "--detach").stdout.strip()
    host.wait_until(lambda: flower.tasks(identity).get(f"deploy.{Phase.HEALTH_CHECK}", {}).get("retries", 0) >= 2)
    return rolled_back.id


def named(flower: Flower, identity: str) -> list[str]:
    """The names of its tasks, in the order in which they came."""
    tasks = flower.tasks(identity).values()
    return [task["name"] for task in sorted(tasks, key=lambda task: task["received"])]


def photograph(chromium: str, flower: Flower, folder: Path) -> None:
    """Write what a browser shows of the tasks, once its requests are answered."""
    address = flower.url.replace("://", f"://{USER}:{PASSWORD}@")
    arguments = [
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        f"--user-data-dir={folder}/profile",
        "--hide-scrollbars",
        f"--load-extension={style(folder / 'style')}",
    ]
    arguments += [f"--window-size={SIZE}", "--virtual-time-budget=10000", f"--screenshot={PICTURE}"]
    subprocess.run([chromium, *arguments, f"{address}/tasks"], check=True, timeout=120, stderr=subprocess.DEVNULL)


def style(folder: Path) -> Path:
    """An extension that has the browser add WIDER to each page."""
    folder.mkdir()
    (folder / "wider.css").write_text(WIDER)
    script = {"matches": ["http://127.0.0.1/*"], "css": ["wider.css"]}
    manifest = {"manifest_version": 3, "name": "wider", "version": "1", "content_scripts": [script]}
    (folder / "manifest.json").write_text(json.dumps(manifest))
    return folder


if __name__ == "__main__":
    main()
