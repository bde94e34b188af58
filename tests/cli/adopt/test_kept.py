"""What is said of kept connections before the first reload."""

from types import SimpleNamespace
from typing import Any, cast

import pytest

from bluegreen.deployment.machine import Output
from cli.adopt.kept import closed_by_reload
from cli.adopt.look import Nginx
from tests.nginx.test_reloads import TABLE

pytestmark = pytest.mark.unit

SERVERS = "server { listen 80; }\nserver { listen [::]:443 ssl; }\n"


def said(version: str, more: str = "", table: Output | None = None) -> str | None:
    def run(program: str, *_: str) -> Output:
        return Output(0, f"nginx version: nginx/{version}\n") if program == "nginx" else table or Output(0, TABLE)

    machine = cast(Any, SimpleNamespace(run=run))
    return closed_by_reload(
        Nginx("edge", machine, None, {"/etc/nginx/nginx.conf": f"http {{ {more} {SERVERS} }}"})
    )


@pytest.mark.parametrize("version", ["1.22.1", "1.28.0"])
def test_they_are_counted_where_the_configuration_that_runs_does_not_keep_them(version: str) -> None:
    note = said(version)

    assert note and "edge: the reload closes idle kept connections" in note
    assert "2 are open at this moment" in note and "on a connection of its own is not" in note


def test_nothing_is_said_where_it_keeps_them() -> None:
    assert said("1.28.0", "keepalive_min_timeout 10s;") is None
    assert said("1.22.1", "keepalive_min_timeout 10s;") is not None, "that one does not know the word"


def test_where_nothing_counts_them_that_is_said() -> None:
    note = said("1.22.1", table=Output(127, "no such program"))

    assert note and "how many are open is not known" in note
