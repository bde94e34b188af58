"""The faults of the pipeline that bluegreen replaces, one test each, on the stack that it was written for.

The rest of them: a rollback that takes the shared services away, an error page that counts as healthy
(test_broken_release.py); a file that nginx refuses, proxies of which only one is switched (test_two_proxies.py).
"""

import time

import pytest

from bluegreen import http
from bluegreen.deployment.states import Phase, PhaseState
from tests.stack.site import HEALTH, Site
from tests.stack.users import User

pytestmark = [pytest.mark.docker, pytest.mark.timeout(120)]


def test_an_upstream_is_included_where_nginx_allows_one(site: Site) -> None:
    for proxy in site.urls:
        tested = site.container(proxy).exec_run(["nginx", "-T"])
        assert tested.exit_code == 0, tested.output.decode()
        assert b"bluegreen: {" in tested.output, "our file is not among those that nginx reads"


def test_no_proxy_takes_its_own_container_for_the_host(site: Site) -> None:
    live, version = site.live()

    text = (site.folder / "nginx" / "service-url.inc").read_text()

    assert f"{site.name}-dev-{live}:8000" in text and "localhost" not in text
    assert site.answer(site.inner) == (live.value, version)


def test_a_release_that_is_ready_does_not_wait_for_the_next_attempt(site: Site) -> None:
    interval = 60
    site.configure({f'path = "{HEALTH}"': f'path = "{HEALTH}"\ninterval = {interval}'})

    health = site.deploy_well("v-ready").phase_record(Phase.HEALTH_CHECK)

    assert health is not None and health.attempts == 1 and health.seconds is not None
    assert health.seconds < interval, "it was seen only at the end of the attempt"


def test_two_second_requests_in_flight_at_the_switch_are_answered(site: Site) -> None:
    class Reader(User):
        """Asks for the page that takes two seconds, each time on a new connection."""

        def visit(self) -> None:
            answer = http.get(f"{self.url}/slow", 10)
            assert answer.status == 200, str(answer)

    # The application gets no time to end well: whatever is still on its way when it is stopped is lost.
    site.configure({"stop_grace = 35": "stop_grace = 0"}, drain="timeout = 30")
    readers = [Reader(site.urls[site.outer]) for _ in range(15)]
    for reader in readers:
        reader.__enter__()
        time.sleep(2 / len(readers))  # so that at every moment some are on their way
    site.deploy_well("v-slow")
    for reader in readers:
        reader.finish()
    for reader in readers:
        reader.__exit__()

    assert [reader.failed for reader in readers] == [[]] * 15
    assert min(reader.good for reader in readers) > 1


def test_two_builds_do_not_interleave(site: Site) -> None:
    site.configure(bake="seconds = 2")
    first = site.begin("v-first")

    second = site.bluegreen("deploy", site.name, "--ref", "v-second")

    assert second.returncode == 3 and first in second.stderr
    status, deployment = site.end(first)
    assert status == 0 and site.live() == (deployment.to_color, "v-first")


def test_names_that_look_alike_and_dead_containers_do_not_decide_what_is_live(site: Site) -> None:
    live, _ = site.live()
    image = site.container(site.inner).image.id
    decoy = site.engine.containers.run(
        image, ["sleep", "60"], detach=True, name=f"{site.name}-dev-{live.other}-copy"
    )
    try:
        site.color(live).kill()  # to `docker ps -f name=…` the other colour looks live now
        deployment = site.deploy_well("v-decoy")
    finally:
        decoy.remove(force=True)

    assert (deployment.from_color, deployment.to_color) == (live, live.other)


def test_compose_files_may_have_the_other_name_of_the_text(site: Site) -> None:
    for color in ("blue", "green"):
        (site.folder / f"docker-compose.{color}.yml").rename(site.folder / f"docker-compose-{color}.yml")
    site.configure({"docker-compose.{color}.yml": "docker-compose-{color}.yml"})
    try:
        deployment = site.deploy_well("v-dash")
    finally:
        for color in ("blue", "green"):
            (site.folder / f"docker-compose-{color}.yml").rename(site.folder / f"docker-compose.{color}.yml")

    assert all(phase.state is PhaseState.DONE for phase in deployment.phases)
