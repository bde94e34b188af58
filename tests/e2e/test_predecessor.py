"""What served before the first deployment is named where it still runs, and left alone."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator

import psutil
import pytest

from cli.demo.servers import free_port, listens
from tests.e2e.damage import file_of, reload
from tests.e2e.host import Host

pytestmark = [pytest.mark.real, pytest.mark.timeout(180)]


@pytest.fixture
def before(host: Host) -> Iterator[tuple["subprocess.Popen[bytes]", int]]:
    """A program that nginx sends requests to, and its port."""
    port = free_port()
    arguments = [sys.executable, "-m", "http.server", "--bind", "127.0.0.1", str(port)]
    process = subprocess.Popen(arguments, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        host.wait_until(lambda: listens(port))
        file_of(host).write_text(f"upstream app {{ server 127.0.0.1:{port}; }}\n")
        reload(host)
        yield process, port
    finally:
        process.kill()
        process.wait()


def test_it_is_named_with_its_address_and_goes_on(
    host: Host, before: tuple["subprocess.Popen[bytes]", int]
) -> None:
    process, port = before
    ended = host.bluegreen("deploy", "hello", "--ref", "v1")

    (deployment,) = host.store.history("hello")
    named = f"127.0.0.1:{port} ({psutil.Process(process.pid).name()} (pid {process.pid}))"
    told = f"nginx sent requests to {named} before, and it still runs: bluegreen does not stop it"
    assert (ended.returncode, deployment.warnings) == (0, (told,)), ended.stdout
    assert told in ended.stdout and told in host.bluegreen("explain", deployment.id).stdout
    assert process.poll() is None and host.answer()["version"] == "v1"

    _, second = host.deploy("v2")
    assert second.warnings == (), "that was said"


@pytest.mark.skipif(not hasattr(socket, "AF_UNIX"), reason="the system has none")
def test_a_socket_of_the_file_system_is_named_while_a_program_has_it(host: Host) -> None:
    path = f"/tmp/bluegreen-{free_port()}.sock"  # a path of pytest's may be too long for one
    with socket.socket(socket.AF_UNIX) as before:
        try:
            before.bind(path)
            before.listen()
            file_of(host).write_text(f"upstream app {{ server unix:{path}; }}\n")
            reload(host)

            _, deployment = host.deploy("v1")
        finally:
            os.unlink(path)

    assert len(deployment.warnings) == 1 and f"unix:{path} (a socket of this host)" in deployment.warnings[0]


def test_what_is_not_there_any_more_is_not_named(
    host: Host, before: tuple["subprocess.Popen[bytes]", int]
) -> None:
    process, _ = before
    process.kill()
    process.wait()

    status, deployment = host.deploy("v1")

    assert (status, deployment.warnings) == (0, ())


def test_a_first_deployment_that_fails_says_what_runs_on(
    host: Host, before: tuple["subprocess.Popen[bytes]", int]
) -> None:
    status, deployment = host.deploy("broken")

    assert status == 1 and deployment.last_look is not None
    assert deployment.last_look.what.startswith(
        f"no version was live before, and none is; 127.0.0.1:{before[1]} ("
    )
