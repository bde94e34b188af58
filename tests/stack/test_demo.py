"""`make demo-docker`, as it is called."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.docker
@pytest.mark.long
@pytest.mark.xdist_group("the demo on Docker")
@pytest.mark.usefixtures("engine")
def test_the_demo_on_docker_deploys_twice_and_drops_nothing(images: dict[str, str]) -> None:
    command = [sys.executable, "-m", "examples.django.demo"]

    ended = subprocess.run(
        command, cwd=ROOT, env={**os.environ, **images}, capture_output=True, text=True, timeout=300
    )

    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert ended.stdout.count("the new version is live") == 2 and "requests: 200: " in ended.stdout
