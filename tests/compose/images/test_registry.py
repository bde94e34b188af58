"""What a registry has now, with nothing pulled."""

from collections.abc import Callable
from typing import Any, cast

import docker
import pytest

from bluegreen.deployment.errors import ImageRefused
from compose.images import registry
from tests.compose.images.test_pull import Registry, start_registry

__all__ = ["start_registry"]


@pytest.mark.docker
def test_the_digest_is_that_of_what_would_be_pulled_now(
    start_registry: Callable[..., Registry], engine: docker.DockerClient
) -> None:
    here = start_registry()
    here.publish("one")
    first = here.app.runtime.published(None)
    assert here.build("one").published == first

    here.publish("two")

    second = here.app.runtime.published(None)
    assert second != first and here.build("two").published == second


@pytest.mark.docker
def test_the_name_is_read_with_the_ref_that_would_be_deployed(start_registry: Callable[..., Registry]) -> None:
    here = start_registry()
    here.publish("one")
    repository = here.image.rpartition(":")[0]
    here.app.compose_file("blue", build=None, image=f"{repository}:${{BLUEGREEN_REF}}")

    assert here.app.runtime.published("latest").startswith("sha256:")
    with pytest.raises(ImageRefused, match="does not say which image .*:v9 is") as missing:
        here.app.runtime.published("v9")
    assert "manifest unknown" in missing.value.saw and "Push it there" in missing.value.advice
    with pytest.raises(ImageRefused, match="its name has the release in it"):
        here.app.runtime.published(None)


@pytest.mark.docker
def test_a_registry_that_is_away_is_called_so(start_registry: Callable[..., Registry]) -> None:
    here = start_registry()
    here.publish("one")
    here.server.stop()

    with pytest.raises(ImageRefused) as away:
        here.app.runtime.published(None)
    assert "See that this host reaches the registry" in away.value.advice


@pytest.mark.unit
@pytest.mark.parametrize(
    ("definition", "what"),
    [
        ({"build": {"context": "."}}, "web is built on this host"),
        ({"build": {"context": "."}, "image": "app:v1"}, "web is built on this host"),
    ],
)
def test_what_is_built_here_no_registry_knows(definition: dict[str, Any], what: str) -> None:
    with pytest.raises(ImageRefused, match=what) as refused:
        registry.digest(cast(docker.DockerClient, None), "web", definition)
    assert "only_when_changed" in refused.value.advice


@pytest.mark.unit
def test_a_digest_in_the_name_is_the_answer() -> None:
    name = f"app@sha256:{'a' * 64}"

    assert registry.digest(cast(docker.DockerClient, None), "web", {"image": name}) == f"sha256:{'a' * 64}"
