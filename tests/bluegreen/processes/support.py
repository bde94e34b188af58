"""What the tests of plain processes share."""

import os
import time
from pathlib import Path

import psutil

from bluegreen import http
from bluegreen.deployment.record import Release
from bluegreen.system import platform

SERVER = Path(__file__).with_name("server.py")


def eventually(condition, what, seconds=20):
    """The first true answer, polled for; the test fails when none comes."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if answer := condition():
            return answer
        time.sleep(0.01)
    raise AssertionError(f"not within {seconds} s: {what}")


def answer_of(runtime, color):
    """The application's words, once it answers."""
    url = f"http://{runtime.address_on_host(color)}/"
    found = eventually(lambda: (a := http.get(url, 2)).status == 200 and a, f"an answer of {url}")
    return found.body.split()


def release(name="1.0", commit=None):
    return Release(name=name, commit=commit)


def marked_with(folder):
    """Every process whose environment names a state file in that folder."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.environ().get("BLUEGREEN_STATE", "").startswith(f"{folder}{os.sep}"):
                found.append(process)
        except (psutil.Error, OSError):
            continue
    alive = [each for each in found if each.is_running() and each.status() != psutil.STATUS_ZOMBIE]
    return [each for each in alive if not platform.is_console_host(each)]
