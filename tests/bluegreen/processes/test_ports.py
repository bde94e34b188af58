"""A colour's port before anything is changed: free, ours, or somebody's who is named."""

import os
import socket
import sys

import psutil
import pytest

from bluegreen.deployment.errors import PhaseFailed
from bluegreen.deployment.states import Color
from bluegreen.system import platform, ports
from bluegreen.system.ports import Binding
from tests.bluegreen.processes.support import answer_of, release

pytestmark = pytest.mark.real


@pytest.fixture
def taken(runtime, blue):
    with socket.socket() as server:
        server.bind(("127.0.0.1", runtime.address_on_host(blue).port))
        server.listen()
        yield server.getsockname()[1]


def test_a_free_port_passes(runtime, blue):
    runtime.preflight(blue)


def test_a_port_held_by_our_own_process_of_that_colour_passes(runtime, blue, cancellation):
    runtime.start(blue, release(), "d1", cancellation)
    answer_of(runtime, blue)

    runtime.preflight(blue)


def _system_names_holders():
    with socket.create_server(("127.0.0.1", 0)) as server:
        return ports.holder(Binding("", server.getsockname()[1])) is not None


where_holders_have_names = pytest.mark.skipif(not _system_names_holders(), reason="the system names no holder")


@where_holders_have_names
def test_a_port_in_use_is_refused_with_the_name_of_its_holder(runtime, blue, taken):
    with pytest.raises(PhaseFailed, match=rf"port {taken} is in use by .+ \(pid {os.getpid()}\)"):
        runtime.preflight(blue)


@pytest.mark.parametrize("error", [psutil.AccessDenied(), RuntimeError("GetExtendedTcpTable failed")])
def test_a_port_in_use_is_refused_without_the_name_where_the_system_does_not_tell(
    runtime, blue, taken, monkeypatch, error
):
    def denied(_kind):
        raise error

    monkeypatch.setattr(psutil, "net_connections", denied)

    with pytest.raises(PhaseFailed, match=f"port {taken} is in use by another process"):
        runtime.preflight(blue)


def test_a_start_never_runs_beside_a_stranger_that_would_answer_in_its_place(runtime, blue, cancellation, taken):
    with pytest.raises(PhaseFailed, match="is in use"):
        runtime.start(blue, release(), "d1", cancellation)
    assert not runtime.look(blue).running


@where_holders_have_names
def test_our_own_process_is_no_excuse_for_a_stranger_on_its_port(make_runtime, blue, cancellation):
    runtime = make_runtime((sys.executable, "-c", "import time; time.sleep(600)"))
    runtime.start(blue, release(), "d1", cancellation)

    address = ("127.0.0.1", runtime.address_on_host(blue).port)
    with socket.create_server(address), pytest.raises(PhaseFailed, match=f"pid {os.getpid()}"):
        runtime.preflight(blue)


def test_the_other_colours_process_is_no_excuse(runtime, make_runtime, cancellation, tmp_path):
    other = make_runtime(name="other")
    other.start(Color.BLUE, release(), "d1", cancellation)
    answer_of(other, Color.BLUE)

    with pytest.raises(PhaseFailed, match="is in use"):
        runtime.preflight(Color.BLUE)


def test_connections_of_an_ended_server_do_not_make_its_port_taken(runtime, blue, cancellation):
    runtime.start(blue, release(), "d1", cancellation)
    answer_of(runtime, blue)
    runtime.stop(blue, cancellation)

    assert platform.can_listen(runtime.address_on_host(blue).port)


def test_a_workspace_that_does_not_exist_is_named_and_not_made(make_runtime, blue, tmp_path):
    runtime = make_runtime()
    runtime.service = runtime.service.model_copy(update={"workspace": tmp_path / "nowhere"})

    with pytest.raises(PhaseFailed, match="nowhere does not exist"):
        runtime.preflight(blue)
    assert not (tmp_path / "nowhere").exists()
