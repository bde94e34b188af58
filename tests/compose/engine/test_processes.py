"""A container's processes: what /proc has is what the Engine says."""

from collections.abc import Callable
from pathlib import Path

import pytest

from bluegreen.system import platform
from compose.container import Container
from compose.engine import processes
from compose.engine.inspection import master_in, workers_in
from compose.engine.lookup import running
from tests.compose.app import eventually

pytestmark = pytest.mark.docker


def test_this_hosts_processes_are_those_that_the_engine_names(proxy: Container) -> None:
    with running(proxy.name) as (client, found):
        other = client.containers.run(found.image, "sleep 30", detach=True, remove=True)
        try:
            eventually(lambda: len(workers_in(processes.titles_of(found))) > 0)
            asked = processes.in_table(found.top(ps_args="-efww"))

            assert processes.titles_of(found) == asked and master_in(asked)
        finally:
            other.kill()


@pytest.mark.parametrize("cause", ["a machine between", "a /proc of another", "a /proc that hides others"])
def test_what_this_host_does_not_have_is_asked_of_the_engine(
    proxy: Container, cause: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    never: Callable[[], bool] = lambda: False  # noqa: E731
    if cause == "a machine between":
        monkeypatch.setattr(platform, "shares_network_with_docker", never)
    else:
        with running(proxy.name) as (_, found):
            group = "another" if cause == "a /proc of another" else found.id
        (tmp_path / "1").mkdir()
        (tmp_path / "1" / "cgroup").write_text(f"0::/docker/{group}\n")
        (tmp_path / "1" / "cmdline").write_text("nginx: worker process")
        (tmp_path / "2").mkdir()  # it has just ended
        monkeypatch.setattr(processes, "PROC", tmp_path)

    assert proxy.nginx_workers() and 1 not in proxy.nginx_workers()
