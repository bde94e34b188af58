"""What may happen to a proxy file after a deployment has succeeded."""

from collections.abc import Callable, Collection
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.host import Host

PLACEHOLDER = "upstream app { server 127.0.0.1:1 down; }\n"


def reset(host: Host) -> None:
    """`git reset --hard`, where the placeholder is tracked; and something reloads nginx."""
    file_of(host).write_text(PLACEHOLDER)
    reload(host)


def cleaned(host: Host) -> None:
    """`git clean -fdx`."""
    file_of(host).unlink()


def restored(host: Host) -> None:
    """From a backup: ours, and of the release before."""
    file_of(host).write_text((host.folder / "of-v1").read_text())


DAMAGES: list[Callable[[Host], None]] = [reset, cleaned, restored]


def either_way(values: Collection[Any], some: Collection[tuple[bool, Any]]) -> list[Any]:
    """Each with an nginx that can be asked what it serves (True) and one that cannot; all but `some` are long."""
    cases = list(product((True, False), values))
    assert set(some) <= set(cases)
    return [pytest.param(*case, marks=() if case in some else pytest.mark.long) for case in cases]


def file_of(host: Host) -> Path:
    return host.folder / "conf.d" / "app.inc"


def reload(host: Host) -> None:
    assert host.nginx.process is not None
    before = host.proxy_workers()
    host.nginx.process.send_signal(1)
    host.wait_until(lambda: not host.proxy_workers() & before)
