"""docs/getting-started.md, every file and every command of it, on the real Engine: only names and ports differ."""

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import docker
import pytest

from cli.demo.servers import Server, free_port
from tests.compose.conftest import remove_all

pytestmark = pytest.mark.docker

PAGE = (Path(__file__).parents[2] / "docs" / "getting-started.md").read_text("utf-8")
BLOCK = re.compile(r"```(\w+)(?: (\S+))?\n(.*?)```", re.S)
EXPECTED = " # → "


class Reader:
    """Does what the page says, in the order in which it says it."""

    def __init__(self, folder: Path, page: str) -> None:
        self.folder = folder
        self.blocks = BLOCK.findall(page)
        known = {key: value for key, value in os.environ.items() if not key.startswith(("COMPOSE_", "BLUEGREEN_"))}
        self.env = {**known, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
        self.worker = Server([sys.executable, "-m", "bluegreen", "worker"], folder / "worker.log")

    def follow(self) -> None:
        for kind, file, text in self.blocks:
            if file:
                (self.folder / file).parent.mkdir(exist_ok=True)
                (self.folder / file).write_text(text)
            elif kind == "sh":
                for line in text.splitlines():
                    self.do(line)

    def do(self, line: str) -> None:
        command, _, expected = line.partition(EXPECTED)
        if "--undo" in command:
            self.worker.stop()  # by Ctrl-C, as the page says
        if command.split()[:2] == ["bluegreen", "worker"]:
            self.worker.arguments = ["sh", "-c", f"cd {shlex.quote(str(self.folder))}; exec {command}"]
            self.worker.env = self.env
            self.worker.start()
            self.worker.wait_until(lambda: "ready." in self.worker.log.read_text(), "the worker")
            return
        ended = subprocess.run(
            command, shell=True, cwd=self.folder, env=self.env, capture_output=True, text=True, timeout=300
        )
        said = ended.stdout + ended.stderr
        assert expected.strip() in said, f"{line}\n{said}\n{self.worker.log.read_text()[-3000:]}"
        assert ended.returncode == (1 if "v3" in line else 0), f"{line}\n{said}"


@pytest.fixture
def reader(engine: docker.DockerClient, images: dict[str, str], name: str, tmp_path: Path) -> Iterator[Reader]:
    page = re.sub(r"\bweb\b", f"{name}-web", re.sub(r"\bshop\b", name, PAGE))
    for port in ("8080", "6379"):
        page = page.replace(f"{port}:", f"{(free := free_port())}:").replace(f":{port}/", f":{free}/")
    for public, ours in (
        ("python:3.13-slim", "PYTHON"),
        ("nginx:1.28-alpine", "NGINX"),
        ("redis:7-alpine", "REDIS"),
    ):
        page = page.replace(public, images[f"{ours}_IMAGE"])
    reader = Reader(tmp_path, page)
    try:
        yield reader
    finally:
        reader.worker.stop()
        remove_all(engine, name)


def test_every_file_and_command_of_the_page_does_what_the_page_says(
    reader: Reader, engine: docker.DockerClient, name: str
) -> None:
    reader.follow()

    left = engine.containers.list(all=True, filters={"name": name})
    assert left == [], "the page's last section leaves something behind"


def test_the_page_shows_what_it_promises() -> None:
    commands = [
        line for kind, file, text in BLOCK.findall(PAGE) if kind == "sh" and not file for line in text.splitlines()
    ]

    assert sum(EXPECTED in line for line in commands) >= 12
