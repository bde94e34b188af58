"""A site whose whole project is one docker-compose.yml, with a worker beside it: driven by the command."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import docker
from docker.models.containers import Container

from bluegreen import http
from bluegreen.deployment.record import Deployment
from bluegreen.store.connection import connect
from cli.demo.servers import Server, free_port
from tests.compose.conftest import remove_all
from tests.e2e.forked import forker
from tests.e2e.load import Load

APP = """
import http.server, json, os, pathlib, signal

BODY = json.dumps({
    "version": pathlib.Path("/version").read_text().strip(),
    "color": os.environ.get("COLOR", ""),
    "data": sorted(os.listdir("/data")) if os.path.isdir("/data") else [],
}).encode()

class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Length", str(len(BODY)))
        self.end_headers()
        self.wfile.write(BODY)

    def log_message(self, *_):
        pass

class Server(http.server.ThreadingHTTPServer):
    daemon_threads = False

server = Server(("", 8000), Handler)
signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
server.serve_forever()
"""
#: what the user has in our file before the first deployment
FIRST = "upstream app { server web:8000; }\n"
#: the first switch is a reload of an nginx that has only these words of the user
NGINX = """
keepalive_min_timeout 10s;
include /etc/nginx/conf.d/upstream.inc;
server {
    listen 80;
    location / { proxy_pass http://app; }
}
"""


class OneFile:
    """The project, its nginx and its worker. Everything has the name in its own, and is gone afterwards."""

    def __init__(self, name: str, folder: Path, engine: docker.DockerClient, images: dict[str, str]) -> None:
        self.name, self.folder, self.engine, self.images = name, folder / name, engine, images
        self.site_port = free_port()
        self.url = f"http://127.0.0.1:{self.site_port}/"
        self.state = folder / "state"
        self.env = {"BLUEGREEN_CONFIG": str(self.folder / "bluegreen.toml"), "STATE_DIRECTORY": str(self.state)}
        self.workers: list[Server] = []
        self.services: dict[str, Any] = {
            "web": {
                "build": {"context": ".", "labels": {"bluegreen.test": name}},
                "container_name": f"{name}-original",
                "hostname": "original",
                "restart": "unless-stopped",
                "ports": [f"127.0.0.1:{free_port()}:8000"],
                "environment": {"COLOR": "${BLUEGREEN_COLOR:-}"},
            },
            "proxy": {
                "image": images["NGINX_IMAGE"],
                "depends_on": ["web"],
                "ports": [f"127.0.0.1:{self.site_port}:80"],
                "volumes": ["./nginx:/etc/nginx/conf.d"],
            },
        }
        #: what else the compose file has, and the section [compose]
        self.more: dict[str, Any] = {}
        self.settings: dict[str, Any] = {"files": ["docker-compose.yml"], "service": "web", "stop_grace": 2}
        self.proxy_settings: dict[str, Any] = {"container": f"{name}-proxy-1", "file": "nginx/upstream.inc"}
        self.tables = ""
        #: what runs its worker
        self.module: tuple[str, ...] = ("bluegreen", "worker")

    def write(self, version: str = "one") -> None:
        """All its files."""
        (self.folder / "nginx").mkdir(parents=True, exist_ok=True)
        texts = {
            "app.py": APP,
            "version": version,
            "Dockerfile": f"FROM {self.images['PYTHON_IMAGE']}\nCOPY app.py version /\n"
            'CMD ["python3", "/app.py"]\n',
            "docker-compose.yml": json.dumps({"services": self.services, **self.more}),
            "nginx/default.conf": NGINX,
        }
        for name, text in texts.items():
            (self.folder / name).write_text(text)
        inc = self.folder / "nginx" / "upstream.inc"
        if not inc.exists():
            inc.write_text(FIRST)

    def configure(self, redis_url: str) -> None:
        """Write bluegreen.toml."""
        self.redis_url = redis_url
        lines = [
            f'[redis]\nurl = "{redis_url}"\n[services.{self.name}.compose]',
            *(f"{key} = {json.dumps(value)}" for key, value in self.settings.items()),
            f"[[services.{self.name}.proxies]]",
            *(f"{key} = {json.dumps(value)}" for key, value in self.proxy_settings.items()),
            f'url = "{self.url}"',
            f"[services.{self.name}.health]\nattempts = 2\ninterval = 5",
            f"[services.{self.name}.bake]\nseconds = 0.3\n[services.{self.name}.drain]\ntimeout = 5",
            self.tables,
        ]
        (self.folder / "bluegreen.toml").write_text("\n".join(lines))

    def up(self, *services: str) -> None:
        """Start the project as its user does."""
        self.compose("up", "--detach", "--build", *services)
        self.wait_until_it_answers()

    def compose(self, *arguments: str) -> str:
        line = ["docker", "compose", *arguments]
        done = subprocess.run(line, cwd=self.folder, capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def start_worker(self) -> None:
        """Afterwards it has announced itself."""
        worker = Server([sys.executable, "-m", *self.module], self.folder.parent / "worker.log", self.env)
        redis = connect(self.redis_url)
        before = set(redis.hkeys("bluegreen:hosts"))
        worker.start()
        self.workers.append(worker)
        worker.wait_until(lambda: bool(set(redis.hkeys("bluegreen:hosts")) - before), "the worker")
        redis.close()

    def stop(self) -> None:
        """The worker is gone; its containers go by their names."""
        for worker in self.workers:
            worker.stop()

    def bluegreen(self, *arguments: str, timeout: float = 180) -> "subprocess.CompletedProcess[str]":
        return forker().run(list(arguments), {**os.environ, **self.env}, timeout)

    def deploy(self, version: str, *more: str) -> tuple[int, Deployment]:
        """Have the workspace say that version, and deploy it; the exit status and the record."""
        (self.folder / "version").write_text(version)
        ended = self.bluegreen("deploy", self.name, "--ref", version, "--json", *more)
        assert ended.stdout, ended.stderr + self.worker_log()
        return ended.returncode, Deployment.from_json(ended.stdout)

    def deploy_well(self, version: str) -> Deployment:
        status, deployment = self.deploy(version)
        assert status == 0, f"{deployment}\n{self.worker_log()}"
        return deployment

    def worker_log(self) -> str:
        return self.workers[-1].log.read_text(errors="replace")[-4000:] if self.workers else ""

    def answer(self) -> dict[str, Any]:
        """What users get."""
        answer = http.get(self.url, 5)
        assert answer.status == 200, answer
        return dict(json.loads(answer.body))

    def wait_until_it_answers(self) -> None:
        from tests.compose.app import eventually

        eventually(lambda: http.get(self.url, 2).status == 200)

    def color(self, color: str) -> Container:
        return self.engine.containers.get(f"{self.name}-{color}")

    def load(self, rate: float = 40) -> Load:
        return Load(self.url, self.folder.parent, rate)


@contextmanager
def in_place(site: OneFile, redis_url: str) -> Iterator[None]:
    """Its files are written, and nothing of it runs yet; afterwards nothing of it is left."""
    site.write()
    site.configure(redis_url)
    yield
    site.stop()
    remove_all(site.engine, site.name)
    for volume in site.engine.volumes.list():
        if volume.name.startswith(site.name):
            volume.remove(force=True)
