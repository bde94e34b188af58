"""Where an image comes from that is not built: from its registry, as that has it now, by `pull_policy`."""

import re
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from shutil import which

import docker
import pytest

from bluegreen.deployment.errors import ImageRefused
from bluegreen.deployment.record import Release
from bluegreen.deployment.states import Color
from cli.demo.servers import Server, free_port, listens
from compose.images import progress
from compose.images.pull import Problem, problem_of
from tests.absence import without
from tests.cancellations import Free
from tests.compose.app import App

BLUE = Color.BLUE
#: somebody with a password that no test knows
HTPASSWD = "ci:$2y$05$c4WoMPo3SXsafkva.HHa6uXQZWr7oboPiC2bT/r7q1BB8I2s0BRqC\n"


@pytest.mark.unit
@pytest.mark.parametrize(
    ("said", "problem"),
    [
        ("manifest for localhost:5000/app:v9 not found: manifest unknown: manifest unknown", "NO_SUCH_IMAGE"),
        ("no matching manifest for linux/arm64/v8 in the manifest list entries", "NO_SUCH_IMAGE"),
        (
            "pull access denied for app, repository does not exist or may require 'docker login': denied: "
            "requested access to the resource is denied",
            "NO_ACCESS",
        ),
        ('Head "https://registry.example/v2/app/manifests/1": no basic auth credentials', "NO_ACCESS"),
        ("unauthorized: incorrect username or password", "NO_ACCESS"),
        ('error getting credentials - err: exec: "docker-credential-x": executable file not found', "NO_ACCESS"),
        (
            'Get "https://registry-1.docker.io/v2/": dial tcp: lookup registry-1.docker.io: no such host',
            "NO_ANSWER",
        ),
        ('Get "http://127.0.0.1:5999/v2/": dial tcp 127.0.0.1:5999: connect: connection refused', "NO_ANSWER"),
        ("net/http: request canceled while waiting for connection (Client.Timeout exceeded)", "NO_ANSWER"),
        ("x509: certificate signed by unknown authority", "NO_ANSWER"),
        ("toomanyrequests: You have reached your pull rate limit.", "NO_ANSWER"),
    ],
)
def test_no_such_image_no_access_and_no_answer_are_told_apart(said: str, problem: str) -> None:
    assert problem_of(f"Error response from daemon: {said}") is Problem[problem]


class Registry:
    """A real one, with a repository for the test."""

    def __init__(self, server: Server, port: int, app: App, engine: docker.DockerClient) -> None:
        self.server = server
        self.app = app
        self.engine = engine
        self.image = f"127.0.0.1:{port}/{app.name}:latest"
        app.compose_file(BLUE, build=None, image=self.image)

    def publish(self, version: str) -> str:
        """What a CI elsewhere does: the tag means this version there, and here what it meant before."""
        before = next((each.id for each in self.engine.images.list(self.image)), None)
        published = self.app.make_image(self.engine, self.image, version)
        subprocess.run(["docker", "push", "-q", self.image], check=True, capture_output=True)
        self.engine.images.remove(self.image)
        if before:
            self.engine.images.get(before).tag(self.image)
        return published

    def build(self, release: str, cancellation: Free | None = None, **changes: str) -> Release:
        self.app.compose_file(BLUE, **({"build": None, "image": self.image} | changes))
        return self.app.runtime.build(BLUE, Release(name=release), "d1", cancellation or Free())


@pytest.fixture
def start_registry(app: App, engine: docker.DockerClient, tmp_path: Path) -> Iterator[Callable[..., Registry]]:
    servers: list[Server] = []

    def start(locked: bool = False) -> Registry:
        binary = which("docker-registry")
        if binary is None:
            without("docker-registry")
        port, folder = free_port(), tmp_path / "registry"
        folder.mkdir()
        (folder / "htpasswd").write_text(HTPASSWD)
        lock = f"auth: {{htpasswd: {{realm: x, path: '{folder}/htpasswd'}}}}\n" if locked else ""
        config = folder / "config.yml"
        config.write_text(
            f"version: 0.1\nlog: {{level: error}}\nhttp: {{addr: '127.0.0.1:{port}'}}\n"
            f"storage: {{filesystem: {{rootdirectory: '{folder}/images'}}}}\n{lock}"
        )
        server = Server([binary, "serve", str(config)], folder / "log")
        servers.append(server)
        server.start()
        server.wait_until(lambda: listens(port), "the registry")
        return Registry(server, port, app, engine)

    yield start
    for each in servers:
        each.stop()
    for image in engine.api.images():
        # one that a tag has moved on from has its digest left
        if any(f"/{app.name}" in each for each in (*(image["RepoTags"] or ()), *(image["RepoDigests"] or ()))):
            engine.images.remove(image["Id"], force=True)


@pytest.mark.docker
def test_a_deployment_runs_what_the_registry_has_now(
    start_registry: Callable[..., Registry], engine: docker.DockerClient
) -> None:
    registry = start_registry()
    ids = [registry.publish("one")]
    first = registry.build("one")
    ids.append(registry.publish("two"))
    stale = engine.images.get(registry.image).id
    cancellation = Free()
    second = registry.build("two", cancellation)

    assert stale == ids[0] and [first.image_id, second.image_id] == ids
    assert second.image_digest and second.image_digest.startswith(
        registry.image.removesuffix("latest")[:-1] + "@sha256:"
    )
    assert second.image_digest != first.image_digest
    assert not [each for each in cancellation.told if "as it is on this host" in each]
    assert registry.app.runtime.kept(first) == first


@pytest.mark.docker
def test_a_pull_that_takes_its_time_says_how_far_it_is(
    start_registry: Callable[..., Registry], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(progress, "SECONDS", 0.0)  # nothing here takes a second
    registry = start_registry()
    registry.publish("one")
    registry.publish("two")
    cancellation = Free()
    registry.build("two", cancellation)

    assert re.fullmatch(rf"pulling {registry.image}: \d+ of \d+ layers are here", cancellation.told[-1])


@pytest.mark.docker
@pytest.mark.parametrize("policy", [None, pytest.param("missing", marks=pytest.mark.long)])
def test_without_an_answer_the_image_of_this_host_is_taken_and_that_is_told(
    policy: str | None, start_registry: Callable[..., Registry], engine: docker.DockerClient
) -> None:
    registry = start_registry()
    published = registry.publish("one")
    registry.build("one")
    registry.server.stop()
    cancellation = Free()

    again = registry.build("two", cancellation, **({"pull_policy": policy} if policy else {}))

    assert again.image_id == published
    told = f"{registry.image} is taken as it is on this host: its registry does not answer"
    assert [each for each in cancellation.told if not each.startswith("pulling")] == ([] if policy else [told])


@pytest.mark.docker
def test_what_must_be_asked_for_and_gets_no_answer_is_refused(start_registry: Callable[..., Registry]) -> None:
    registry = start_registry()
    registry.publish("one")
    registry.build("one")
    registry.server.stop()

    with pytest.raises(ImageRefused, match="cannot be pulled") as caught:
        registry.build("two", pull_policy="always")

    assert "connection refused" in caught.value.saw
    assert set(registry.app.runtime.releases()) == {"one"}


@pytest.mark.docker
def test_a_tag_that_the_registry_does_not_have_is_refused(
    start_registry: Callable[..., Registry], engine: docker.DockerClient
) -> None:
    registry = start_registry()
    registry.publish("one")
    registry.build("one")
    nothing = registry.image.replace("latest", "v9")

    with pytest.raises(ImageRefused, match=f"the registry has no image {nothing}") as caught:
        registry.build("nine", image=nothing)
    assert "Push it there" in caught.value.advice and "pull_policy" not in caught.value.advice

    engine.images.get(registry.image).tag(nothing)
    with pytest.raises(ImageRefused, match="has no image") as caught:
        registry.build("nine", image=nothing)
    assert "pull_policy: missing" in caught.value.advice


@pytest.mark.docker
def test_a_registry_that_gives_nothing_to_this_host_says_so(start_registry: Callable[..., Registry]) -> None:
    registry = start_registry(locked=True)

    with pytest.raises(ImageRefused, match="does not give") as caught:
        registry.build("one")

    assert "docker login" in caught.value.advice


@pytest.mark.docker
def test_a_tag_that_was_only_built_here_is_taken_and_that_is_told(app: App, engine: docker.DockerClient) -> None:
    image = f"{app.name}-local"
    built = app.make_image(engine, image, "one")
    app.compose_file(BLUE, build=None, image=image)
    cancellation = Free()

    release = app.runtime.build(BLUE, Release(name="one"), "d1", cancellation)

    assert (release.image, release.image_id, release.image_digest) == (image, built, None)
    assert f"{image} is taken as it is on this host" in [text.split(":")[0] for text in cancellation.told]


@pytest.mark.docker
def test_what_may_not_be_pulled_must_be_here(app: App) -> None:
    app.compose_file(BLUE, build=None, image=f"{app.name}-nowhere:1", pull_policy="never")

    with pytest.raises(ImageRefused, match="is not on this host"):
        app.runtime.build(BLUE, Release(name="one"), "d1", Free())
