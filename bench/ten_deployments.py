"""Ten deployments in a row under load: `python -m bench.ten_deployments`, on a machine with Docker.

The example's whole stack; 200 requests a second through the outer nginx, every twentieth takes 2 s. It prints
what each deployment took and what became of the requests; exit status 0 when none failed.
"""

import sys
import tempfile
from collections import Counter
from pathlib import Path

from cli.demo.servers import free_port
from compose.engine import engine
from examples.django.stack import IMAGES, PORTS, Stack, wheels_for
from tests.stack.site import Site

DEPLOYMENTS = 10
RATE = 200
NAME = "bluegreen-bench"
IMAGES_FILE = Path(__file__).parents[1] / "tests" / "lab" / "images.env"


def main() -> int:
    known = dict(line.split("=", 1) for line in IMAGES_FILE.read_text().split()) if IMAGES_FILE.exists() else {}
    images = {name: known[name] for name in IMAGES if name in known}
    with tempfile.TemporaryDirectory(prefix=NAME) as temporary, engine() as client:
        folder = Path(temporary)
        ports = {name: free_port() for name in PORTS}
        site = Site(Stack(folder / "site", NAME, ports, images, wheels_for(images, folder / "wheels")), client)
        try:
            site.start()
            site.configure(drain="timeout = 30")
            site.deploy_well("r0")
            return deploy_under_load(site)
        finally:
            site.stop()


def deploy_under_load(site: Site) -> int:
    """The exit status."""
    before = site.lives()
    with site.load(site.outer, RATE) as load:
        for number in range(1, DEPLOYMENTS + 1):
            record = site.deploy_well(f"r{number}")
            seconds = {str(phase.name): phase.seconds for phase in record.phases}
            told = ", ".join(f"{name} {took:.1f}" for name, took in seconds.items() if took and took > 0.2)
            print(f"r{number} to {record.to_color}: {told}", flush=True)
        load.wait_for_version(f"r{DEPLOYMENTS}")
    lines = load.lines()
    took = lines[-1]["time"] - lines[0]["time"]
    quick = sorted(line["seconds"] for line in lines if "slow" not in line["path"])
    print(
        f"{len(lines)} requests in {took:.0f} s ({len(lines) / took:.0f} a second), failed: {len(load.dropped())}"
    )
    print(f"answered in (not the 2 s ones): median {quick[len(quick) // 2]:.3f} s, slowest {quick[-1]:.3f} s")
    print(f"by version: {dict(Counter(line.get('version') for line in lines))}")
    for line in load.dropped()[:10]:
        print(line)
    untouched = site.lives() == before
    print(f"proxies, PostgreSQL and Redis are the same containers, never restarted: {untouched}")
    return int(bool(load.dropped()) or not untouched)


if __name__ == "__main__":
    sys.exit(main())
