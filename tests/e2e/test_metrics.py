"""The numbers that Prometheus reads: as many as there were deployments, whoever restarts."""

import os
import sys

import pytest
import requests
from prometheus_client.parser import text_string_to_metric_families

from cli.demo.servers import Server, free_port, listens
from tests.e2e.host import Host

pytestmark = pytest.mark.real


def numbers(text: str) -> dict[tuple[str, ...], float]:
    """By name and labels, the labels in this order."""
    order = ("service", "kind", "result", "phase", "color")
    return {
        (
            sample.name.removeprefix("bluegreen_"),
            *(sample.labels[each] for each in order if each in sample.labels),
        ): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_they_tell_results_phases_requests_and_the_live_colour(host: Host) -> None:
    host.deploy("v1")
    with host.load():
        host.deploy("v2")
    host.deploy("broken-v3")
    host.kill_worker()
    host.start_worker()

    found = numbers(host.bluegreen("metrics").stdout)

    assert found["deployments_total", "hello", "deploy", "succeeded"] == 2
    assert found["deployments_total", "hello", "deploy", "rolled_back"] == 1
    assert found["phase_seconds_count", "hello", "switch_traffic"] == 2
    assert found["phase_seconds_sum", "hello", "health_check"] > 0
    assert (found["live_color", "hello", "green"], found["live_color", "hello", "blue"]) == (1, 0)
    assert found["cutover_requests_total", "hello"] > 0 and found["failed_requests_total", "hello"] == 0
    assert found["redis_up",] == 1


def test_they_are_served_on_localhost_until_the_command_is_told_to_stop(host: Host) -> None:
    port = free_port()
    arguments = [sys.executable, "-m", "bluegreen", "metrics", f"--port={port}"]
    with Server(arguments, host.folder / "metrics.log", {**os.environ, **host.env}) as server:
        server.wait_until(lambda: listens(port), "metrics")
        before = numbers(requests.get(f"http://127.0.0.1:{port}/metrics", timeout=5).text)
        host.deploy("v1")
        after = numbers(requests.get(f"http://127.0.0.1:{port}/metrics", timeout=5).text)
        assert server.process is not None
        server.process.terminate()

        assert server.process.wait(10) == 0
    assert before["workers", "hello"] == 1 and ("deployments_total", "hello", "deploy", "succeeded") not in before
    assert after["deployments_total", "hello", "deploy", "succeeded"] == 1


def test_a_port_that_is_taken_is_told(host: Host) -> None:
    ended = host.bluegreen("metrics", "--port", str(host.ports["site"]))

    assert ended.returncode == 2 and "cannot listen on 127.0.0.1:" in ended.stderr
    assert "--port" in ended.stderr
