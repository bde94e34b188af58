"""A worker on Windows, the Django example's containers on the Engine, both nginx in containers as well."""

import signal
import uuid
from collections.abc import Iterator

import docker
import pytest

from bluegreen.deployment.states import State
from cli.demo.servers import free_port
from examples.django.stack import IMAGES, PORTS, Stack, wheels_for
from tests.stack.site import Site
from tests.stack.test_broken_release import deploy_broken, failing_import
from tests.windows.relay import Relay
from tests.windows.site import windows_site
from tests.windows.wine import Wine

pytestmark = [pytest.mark.windows, pytest.mark.timeout(420)]


@pytest.fixture(scope="module")
def running(
    windows: Wine,
    engine: docker.DockerClient,
    images: dict[str, str],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[tuple[Site, Relay]]:
    folder = tmp_path_factory.mktemp("site")
    ports = {name: free_port() for name in PORTS}
    ours = {name: images[name] for name in IMAGES}
    wheels = wheels_for(images, tmp_path_factory.mktemp("wheels"))
    stack = Stack(folder, f"bgwin-{uuid.uuid4().hex[:6]}", ports, ours, wheels)
    with windows_site(stack, engine, windows) as site:
        yield site


@pytest.fixture
def site(running: tuple[Site, Relay]) -> Site:
    """The stack with a release live."""
    site, _ = running
    if site.store.live(site.name) is None:
        site.deploy_well("v1")
    return site


def test_blue_to_green_to_blue_drops_no_request(site: Site) -> None:
    before, _ = site.live()
    lives = site.lives()

    with site.load(site.inner) as inner, site.load(site.outer) as outer:
        for ref, color in (("v2", before.other), ("v3", before)):
            site.deploy_well(ref)
            assert site.live() == (color, ref)

    assert inner.dropped() == [] == outer.dropped()
    assert site.lives() == lives, "PostgreSQL, Redis or a proxy was restarted or made anew"
    written = site.container(site.outer).exec_run(["cat", "/etc/nginx/conf.d/test-backend/service-url.inc"]).output
    assert b"\r" not in written + (site.folder / "nginx" / "service-url.inc").read_bytes()


def test_a_broken_release_is_rolled_back_and_no_request_dropped(site: Site) -> None:
    deployment = deploy_broken(site, failing_import)

    assert deployment.error is not None and "No module named 'no_such_package'" in deployment.error.saw


def test_compose_ends_with_a_worker_that_is_terminated_and_another_one_goes_on(
    site: Site, running: tuple[Site, Relay]
) -> None:
    _, relay = running
    before, _ = site.live()
    calls = len(relay.calls)
    with (site.folder / "guestbook" / "views.py").open("a") as code:
        code.write("# so that there is something to build\n")

    with site.load(site.outer) as load:
        begun = site.begin("v9")
        site.wait_until(lambda: _under_way(relay, "build", calls))
        site.worker.kill()
        # nobody is there to end it but Windows, by the job that the worker had put itself into
        site.wait_until(lambda: not any(status is None for _, status in relay.calls))
        built = next(status for arguments, status in relay.calls[calls:] if "build" in arguments)
        site.worker.start()
        status, deployment = site.end(begun)

    assert built == -signal.SIGKILL, "docker compose ran on without its worker"
    assert (status, deployment.state) == (0, State.SUCCEEDED), f"{deployment}\n{site.worker_log()}"
    assert site.live() == (before.other, "v9")
    assert load.dropped() == []


def _under_way(relay: Relay, verb: str, since: int) -> bool:
    return any(verb in arguments and status is None for arguments, status in relay.calls[since:])
