"""Values are read by several threads at once, from the first one on."""

import subprocess
import sys

import pytest

pytestmark = pytest.mark.unit

#: a process of its own, since the fault ends it: three threads are the first to read a type that has others
RACE = """
import sys, threading
from bluegreen.deployment.value import Value

TEXT = "{" + ", ".join('"f%d": {"a": 1}' % number for number in range(6)) + "}"
sys.setswitchinterval(1e-6)
kind = type(Value)


def made(name, fields):
    return kind(name, (Value,), {"__annotations__": fields, "__module__": "__main__"}, frozen=True)


def read(value, ready):
    ready.wait()
    value.from_json(TEXT)


for _ in range(300):
    Inner = made("Inner", {"a": "int"})
    outer = made("Outer", {f"f{number}": "Inner | None" for number in range(6)})
    ready = threading.Barrier(3)
    threads = [threading.Thread(target=read, args=(outer, ready)) for _ in range(3)]
    [each.start() for each in threads]
    [each.join() for each in threads]
print("done")
"""


def test_several_threads_may_be_the_first_to_read_a_kind_of_value() -> None:
    race = subprocess.run([sys.executable, "-c", RACE], capture_output=True, text=True, timeout=60)

    assert race.returncode == 0 and race.stdout == "done\n", f"status {race.returncode}: {race.stderr}"
