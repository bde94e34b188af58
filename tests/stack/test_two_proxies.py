"""One proxy that cannot be switched keeps the other one from being switched too, and the error names it."""

import pytest

from bluegreen.deployment.record import Deployment
from bluegreen.deployment.states import Phase, State
from nginx.file.marker import parse
from tests.stack.site import Site

pytestmark = [pytest.mark.docker, pytest.mark.timeout(120)]


def refused(deployment: Deployment, phase: Phase, state: State = State.ROLLED_BACK) -> str:
    """The error of a deployment that this phase has refused."""
    assert deployment.state is state, deployment
    assert deployment.error is not None and deployment.error.phase is phase, deployment.error
    return f"{deployment.error.what} {deployment.error.saw}"


def test_the_outer_nginx_is_down(site: Site) -> None:
    before = site.answer(site.inner)
    site.container(site.outer).stop()
    try:
        _, deployment = site.deploy("v-down")
    finally:
        site.container(site.outer).start()

    saw = refused(deployment, Phase.DETERMINE_TARGET, State.FAILED)
    assert f"container {site.outer} is not running" in saw
    assert deployment.last_look is not None, "its users got nothing, and that is said"
    assert deployment.last_look.what.startswith("the old version does not serve (")
    assert deployment.last_look.what.endswith(f" is live and cut off: {site.outer} is not running)")
    assert deployment.phase_record(Phase.DEPLOY_NEW_VERSION) is None, "a colour was started for nothing"
    site.wait_until(lambda: site.answers() == {before})


def test_the_outer_nginx_has_another_name(site: Site) -> None:
    before = site.answers()
    site.container(site.outer).rename(f"{site.outer}-renamed")
    try:
        _, deployment = site.deploy("v-renamed")
    finally:
        site.container(f"{site.outer}-renamed").rename(site.outer)

    assert f"there is no container {site.outer}" in refused(deployment, Phase.DETERMINE_TARGET)
    assert site.answers() == before


def test_the_outer_nginx_refuses_its_file(site: Site) -> None:
    before, lives = site.answers(), site.lives()
    files = {proxy: read_file(site, proxy) for proxy in site.urls}
    site.configure({'template = "variable"': 'template = "variable"\nname = "host"'})  # one of nginx's own
    with site.load(site.inner) as inner, site.load(site.outer) as outer:
        _, deployment = site.deploy("v-refused")

    saw = refused(deployment, Phase.SWITCH_TRAFFIC)
    assert site.outer in saw and 'the duplicate "host" variable' in saw
    assert inner.dropped() == [] == outer.dropped()
    assert site.answers() == before and site.lives() == lives
    for proxy, text in files.items():
        assert addresses(read_file(site, proxy)) == addresses(text), f"{proxy} has kept something of the new file"


def test_the_outer_nginx_has_a_fault_of_its_own(site: Site) -> None:
    before = site.answers()
    outer = site.container(site.outer)
    outer.exec_run(["sh", "-c", "echo 'nonsense;' > /etc/nginx/conf.d/faulty.conf"])
    try:
        _, deployment = site.deploy("v-faulty")
    finally:
        outer.exec_run(["rm", "/etc/nginx/conf.d/faulty.conf"])

    saw = refused(deployment, Phase.DETERMINE_TARGET)
    assert f"{site.outer}: nginx refuses its configuration" in saw and 'unknown directive "nonsense"' in saw
    assert site.answers() == before


def read_file(site: Site, proxy: str) -> str:
    """The proxy's file, as it lies in the container."""
    name = "service-url.inc" if proxy == site.inner else "test-backend/service-url.inc"
    text: bytes = site.container(proxy).exec_run(["cat", f"/etc/nginx/conf.d/{name}"]).output
    assert parse(text.decode()) is not None, text
    return text.decode()


def addresses(text: str) -> list[str]:
    """The lines that say where requests go."""
    return [line.strip() for line in text.splitlines() if line.strip().startswith(("server ", "set "))]
