"""`make demo-docker`: the whole stack in a folder of its own, two deployments, and a user who watches the site."""

import os
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bluegreen import http
from bluegreen.store.connection import connect
from bluegreen.system.programs import run
from cli.demo.servers import Server, free_port
from examples.django.stack import IMAGES, PORTS, Stack, wheels_for

NAME = "bluegreen-demo"
#: seconds for one deployment
PATIENCE = 300


def main() -> int:
    """The exit status: 0 when both deployments went well and no request failed."""
    images = {name: os.environ[name] for name in IMAGES if os.environ.get(name)}
    with tempfile.TemporaryDirectory(prefix=f"{NAME}-") as temporary:
        folder = Path(temporary)
        ports = {name: free_port() for name in PORTS}
        wheels = wheels_for(images, folder / "wheels")
        stack = Stack(folder / "site", NAME, ports, images, wheels)
        stack.prepare()
        say("docker compose up: nginx, PostgreSQL, Redis, and the outer nginx")
        try:
            stack.up()
            with running_worker(stack):
                return deploy_twice(stack)
        finally:
            say("taking down what was started")
            stack.down()


@contextmanager
def running_worker(stack: Stack) -> Iterator[None]:
    """`bluegreen worker` beside the stack, once it has announced itself."""
    os.environ["BLUEGREEN_CONFIG"] = str(stack.folder / "bluegreen.toml")
    redis = connect(stack.redis_url)
    try:
        with Server([sys.executable, "-m", "bluegreen", "worker"], stack.folder / "worker.log") as worker:
            worker.wait_until(lambda: redis.exists("bluegreen:hosts") == 1, "the worker")
            yield
    finally:
        redis.close()


def deploy_twice(stack: Stack) -> int:
    """The second time somebody uses the site meanwhile."""
    site = f"http://127.0.0.1:{stack.ports['OUTER_PORT']}/api/v1/test"
    status = deploy(stack, "v1")
    say(f"{site} says {http.get(site, 5)}")
    with Visitor(site) as visitor:
        status = deploy(stack, "v2") or status
    say(f"{site} says {http.get(site, 5)}")
    for what, count in visitor.seen.items():
        say(f"{count:5} requests: {what}")
    return status or int(any(not what.startswith("200") for what in visitor.seen))


def deploy(stack: Stack, ref: str) -> int:
    """As a person would, in this terminal."""
    say(f"$ bluegreen deploy {stack.name} --ref {ref}")
    # by name: what is run this way does not inherit our BLUEGREEN_CONFIG
    config = ("--config", str(stack.folder / "bluegreen.toml"))
    output = run(
        [sys.executable, "-m", "bluegreen", *config, "deploy", stack.name, "--ref", ref], timeout=PATIENCE
    )
    print(output.text, flush=True)
    return output.status


class Visitor:
    """Asks the site for its version while the `with` block runs; `seen` counts the different answers."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.seen: Counter[str] = Counter()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> "Visitor":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._over.wait(0.02):
            self.seen[str(http.get(self.url, 5))] += 1


def say(text: str) -> None:
    print(f"{time.strftime('%H:%M:%S')}  {text}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
