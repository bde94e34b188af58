"""What a cutover costs busy keep-alive clients: `python -m bench.cutover`, on a machine with wrk.

wrk holds 64 connections at full speed on one nginx, from before the first of 20 switches until after the last. In
each round once by a plain reload of a configuration without `keepalive_min_timeout`, and once our way. wrk counts
every connection that is cut under a request. Limit: our way costs nothing, in any round.
"""

import statistics
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from bench import benchmark
from bench.results import Results
from bench.site import WAYS, Act, Site, site
from bench.wrk import Report, Wrk
from bluegreen.deployment.states import Color
from cli.demo.servers import Server, find_nginx, free_port, listens

SWITCHES = 20
#: seconds between two switches, in which wrk comes back to full speed
PAUSE = 0.5

BACKEND = """daemon off; pid {folder}/pid; error_log {folder}/error.log; worker_processes 1; events {{}}
http {{ access_log off; client_body_temp_path {folder}/1; proxy_temp_path {folder}/2; fastcgi_temp_path {folder}/3;
uwsgi_temp_path {folder}/4; scgi_temp_path {folder}/5; {servers} }}
"""


def measure(results: Results, rounds: int) -> None:
    """Both ways in each round, one after the other."""
    seen: dict[str, list[tuple[Report, float]]] = {way: [] for way in WAYS}
    with tempfile.TemporaryDirectory() as name, backend(Path(name)) as colors:
        for number in range(rounds):
            for way, act in WAYS.items():
                seen[way].append(switched(Path(name) / f"{act.__name__}{number}", colors, act))
    for way, reports in seen.items():
        results.figure(way, "requests", [report.requests for report, _ in reports])
        results.figure(way, "cut", [report.cut for report, _ in reports])
        results.figure(way, "not 2xx or 3xx", [report.wrong for report, _ in reports])
        results.figure(way, "a switch", [seconds * 1000 for _, seconds in reports], "ms")
    results.limit("requests cut, of all rounds", sum(report.cut for report, _ in seen["bluegreen"]), 0)
    results.limit("answers not 2xx or 3xx", sum(report.wrong for report, _ in seen["bluegreen"]), 0)


def switched(folder: Path, colors: Mapping[Color, int], act: Act) -> tuple[Report, float]:
    """What wrk saw of the switches, and the median of what each of them took, in seconds."""
    with site(folder, colors) as found:
        # The first one replaces a site that serves nothing; its workers are gone before the clock starts.
        act(found)
        found.drained()
        with Wrk(found.url) as wrk:
            took = [timed(act, found) for _ in range(SWITCHES)]
            time.sleep(PAUSE)
            return wrk.stop(), statistics.median(took)


def timed(act: Act, found: Site) -> float:
    """Seconds that it takes, after a look at nginx and a pause."""
    found.look()
    time.sleep(PAUSE)
    started = time.monotonic()
    act(found)
    return time.monotonic() - started


@contextmanager
def backend(folder: Path) -> Iterator[Mapping[Color, int]]:
    """Both colours, as one nginx that answers at once."""
    ports = {color: free_port() for color in Color}
    servers = " ".join(
        f"server {{ listen 127.0.0.1:{port}; location / {{ return 200 '{color}'; }} }}"
        for color, port in ports.items()
    )
    conf = folder / "backend.conf"
    conf.write_text(BACKEND.format(folder=folder, servers=servers))
    with Server([find_nginx(), "-c", str(conf)], folder / "backend.log") as server:
        server.wait_until(lambda: all(map(listens, ports.values())), "the backend")
        yield ports


if __name__ == "__main__":
    sys.exit(benchmark.run("cutover", __doc__, measure, rounds=3))
