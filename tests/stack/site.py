"""The example's whole stack on the real Engine, driven as a user would: the command, HTTP, `docker`."""

import contextlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import docker
import psutil
from docker.models.containers import Container
from redis.exceptions import RedisError

from bluegreen import http
from bluegreen.deployment.record import Deployment
from bluegreen.deployment.states import Color, Phase, PhaseState
from bluegreen.store.connection import connect
from bluegreen.store.deployments import Store
from bluegreen.system import state_folder
from bluegreen.system.programs import MARK
from cli.demo.servers import Server
from examples.django.stack import Stack
from tests.e2e.forked import forker
from tests.e2e.load import Load
from tests.here import store_of_worker

HEALTH = "/api/v1/test"
#: laid over the example's bluegreen.toml: a test need not wait as long as people do
QUICK = {"bake": "seconds = 0.3", "drain": "timeout = 5"}
#: seconds for an answer: a whole Django on a busy machine is slow, and that is not what the tests are about
PATIENCE = 10


class Site:
    """The stack, a worker beside it, and what can be asked of both."""

    def __init__(self, stack: Stack, engine: docker.DockerClient) -> None:
        self.stack = stack
        self.engine = engine
        self.name = stack.name
        self.folder = stack.folder
        self.inner, self.outer = f"{self.name}-proxy", f"{stack.outer_project}-nginx-1"
        self.urls = {
            self.inner: f"http://127.0.0.1:{stack.ports['PROXY_PORT']}",
            self.outer: f"http://127.0.0.1:{stack.ports['OUTER_PORT']}",
        }
        self.state = state_folder.path_of(self.folder / "bluegreen.toml")
        self.shared = (self.inner, self.outer, f"{self.name}-db-dev", f"{self.name}-redis-dev")
        self.worker = self.make_worker("bluegreen", "worker")

    # the command

    def start(self) -> None:
        """Everything from nothing, up to a worker that has announced itself; nothing is deployed yet."""
        self.stack.prepare()
        text = (self.folder / "bluegreen.toml").read_text()
        self.original = text.replace(f'path = "{HEALTH}"', f'path = "{HEALTH}"\ntimeout = {PATIENCE}')
        self.configure()
        self.stack.up()
        #: what each proxy answered while no colour had ever run
        self.first_answers = {proxy: http.get(url, 5) for proxy, url in self.urls.items()}
        redis = connect(self.stack.redis_url)
        self.redis = redis
        self.start_worker(self.worker)

    @property
    def store(self) -> Store:
        """The deployments of its services."""
        return store_of_worker(self.redis)

    def make_worker(self, *module: str) -> Server:
        """One that is not started yet; `module` and its arguments run it."""
        environment = {"BLUEGREEN_CONFIG": str(self.folder / "bluegreen.toml")}
        return Server([sys.executable, "-m", *module], self.folder / "worker.log", environment)

    def start_worker(self, worker: Server) -> None:
        """Afterwards it is the site's, and has announced itself."""
        self.worker = worker
        before = set(self.redis.hkeys("bluegreen:hosts"))
        worker.start()
        worker.wait_until(lambda: bool(set(self.redis.hkeys("bluegreen:hosts")) - before), "the worker")

    def stop(self) -> None:
        """Afterwards nothing of it is left."""
        self.worker.stop()
        if hasattr(self, "redis"):
            self.redis.close()
        self.stack.down()

    def configure(self, replace: dict[str, str] | None = None, **tables: str) -> None:
        """Write bluegreen.toml: the example's, with these texts replaced and these tables of the service added."""
        text = self.original
        for there, instead in (replace or {}).items():
            assert there in text, there
            text = text.replace(there, instead)
        for table, lines in {**QUICK, **tables}.items():
            text += f"\n[services.{self.name}.{table}]\n{lines}\n"
        (self.folder / "bluegreen.toml").write_text(text)

    def bluegreen(self, *arguments: str, timeout: float = 90) -> "subprocess.CompletedProcess[str]":
        """Run the command to its end. It learns of Redis from bluegreen.toml alone."""
        env = {**os.environ, "BLUEGREEN_CONFIG": str(self.folder / "bluegreen.toml")}
        return forker().run(list(arguments), env, timeout)

    def deploy(self, ref: str, *more: str) -> tuple[int, Deployment]:
        """Deploy and wait; the exit status and the record."""
        ended = self.bluegreen("deploy", self.name, "--ref", ref, "--json", *more)
        assert ended.stdout, ended.stderr + self.worker_log()
        return ended.returncode, Deployment.from_json(ended.stdout)

    def deploy_well(self, ref: str) -> Deployment:
        """Deploy a release that must succeed."""
        status, deployment = self.deploy(ref)
        assert status == 0, f"{deployment}\n{self.worker_log()}"
        return deployment

    def begin(self, ref: str) -> str:
        """Enqueue a deployment and return its id."""
        ended = self.bluegreen("deploy", self.name, "--ref", ref, "--detach")
        assert ended.returncode == 0, ended.stderr
        return ended.stdout.strip()

    def end(self, identity: str) -> tuple[int, Deployment]:
        """Wait for the end of a deployment."""
        status = self.bluegreen("watch", identity).returncode
        deployment = self.store.get(identity)
        assert deployment is not None
        return status, deployment

    def wait_for_phase(self, identity: str, phase: Phase) -> None:
        """Return when the deployment has this phase behind it."""

        def is_done() -> bool:
            deployment = self.store.get(identity)
            entry = deployment.phase_record(phase) if deployment else None
            return entry is not None and entry.state is PhaseState.DONE

        self.wait_until(is_done)

    def worker_log(self) -> str:
        return self.worker.log.read_text(errors="replace")[-4000:]

    def is_final(self, identity: str) -> bool:
        """Whether the deployment has ended; no, while its Redis is away."""
        with contextlib.suppress(RedisError):
            deployment = self.store.get(identity)
            return deployment is not None and deployment.state.final
        return False

    def compose_calls(self, verb: str) -> list[psutil.Process]:
        """What a worker of ours has Compose do at this moment."""
        found = []
        for process in psutil.process_iter():
            with contextlib.suppress(psutil.Error, OSError):
                ours = process.environ().get(MARK, "").startswith(str(self.state))
                if ours and verb in process.cmdline():
                    found.append(process)
        return found

    # the site

    def answer(self, proxy: str) -> tuple[str, str]:
        """Colour and version that a user of this proxy sees, once the database was asked."""
        answer = http.get(self.urls[proxy] + HEALTH, PATIENCE)
        log = "" if answer.status == 200 else self.container(proxy).logs(tail=20, timestamps=True).decode()
        assert answer.status == 200, f"{proxy}: {answer}\n{log}"
        shown = json.loads(answer.body)
        return shown["color"], shown["version"]

    def answers(self) -> set[tuple[str, str]]:
        """The same of both proxies: one entry, when they agree."""
        return {self.answer(proxy) for proxy in self.urls}

    def live(self) -> tuple[Color, str]:
        """The one colour and version that both proxies serve."""
        ((color, version),) = self.answers()
        return Color(color), version

    def load(self, proxy: str, rate: float = 40) -> Load:
        """Requests on this proxy, one in twenty of 2 s, while the `with` block runs."""
        return Load(f"{self.urls[proxy]}/", self.folder, rate)

    # the containers

    def container(self, name: str) -> Container:
        return self.engine.containers.get(name)

    def color(self, color: Color) -> Container:
        return self.container(f"{self.name}-dev-{color}")

    def lives(self) -> dict[str, tuple[str, str]]:
        """Of each shared container, its id and the time of its start."""
        found = {name: self.container(name) for name in self.shared}
        return {name: (each.id, each.attrs["State"]["StartedAt"]) for name, each in found.items()}

    def sql(self, statement: str) -> str:
        """What the database answers."""
        ask = 'psql -U "$POSTGRES_USER" -d "$POSTGRES_DB" -h 127.0.0.1 -tAc "$0"'
        database = self.container(f"{self.name}-db-dev")
        status, output = database.exec_run(
            ["sh", "-c", f'PGPASSWORD="$POSTGRES_PASSWORD" {ask}', statement], demux=False
        )
        assert status == 0, output
        return str(output.decode())

    def wait_until(self, true: Callable[[], object], timeout: float = 40) -> None:
        """Return when it is true; an assertion inside it that fails counts as "not yet"."""
        deadline = time.monotonic() + timeout
        while True:
            try:
                if true():
                    return
                failed: object = "it is not"
            except AssertionError as error:
                failed = error
            assert time.monotonic() < deadline, f"not within {timeout} s: {failed}\n{self.worker_log()}"
            time.sleep(0.02)

    def change_code(self, file: str, there: str, instead: str) -> Callable[[], None]:
        """Change the workspace's code for the next release; what is returned puts it back."""
        path: Path = self.folder / file
        before = path.read_text(encoding="utf-8")
        assert there in before
        path.write_text(before.replace(there, instead), encoding="utf-8")

        def revert() -> None:
            path.write_text(before, encoding="utf-8")

        return revert
