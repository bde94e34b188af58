"""No error of the Docker SDK, or of what lies below it, leaves this door."""

import json
from collections.abc import Callable
from pathlib import Path

import docker.errors
import pytest
import requests
import urllib3

from bluegreen.deployment.errors import AbortRequested, PhaseFailed
from bluegreen.deployment.states import Color
from bluegreen.settings.service import ServiceSettings
from cli.demo.servers import free_port
from compose.container import Container, CopiedFile
from compose.engine.client import engine, translated
from compose.runtime import ComposeRuntime
from tests.cancellations import Free

FOREIGN = [
    docker.errors.DockerException("x"),
    docker.errors.APIError("x"),
    docker.errors.NotFound("x"),
    docker.errors.InvalidVersion("x"),
    requests.ConnectionError("x"),
    requests.ReadTimeout("x"),
    urllib3.exceptions.ReadTimeoutError(urllib3.HTTPConnectionPool("h"), "u", "x"),
    urllib3.exceptions.ProtocolError("x"),
    ConnectionResetError("x"),
    TimeoutError("x"),
]


@pytest.mark.unit
@pytest.mark.parametrize("error", FOREIGN, ids=lambda error: type(error).__name__)
def test_a_foreign_error_becomes_ours(error: Exception) -> None:
    with pytest.raises(PhaseFailed, match="the Docker Engine") as caught, translated():
        raise error
    assert caught.value.saw


@pytest.mark.unit
def test_a_refusal_is_told_from_silence() -> None:
    with pytest.raises(PhaseFailed, match="refused") as caught, translated():
        raise docker.errors.APIError("409", explanation="the name is in use")
    assert caught.value.saw == "the name is in use"


@pytest.mark.unit
@pytest.mark.parametrize("error", [AbortRequested("x"), PhaseFailed("x"), ZeroDivisionError("x")])
def test_our_own_errors_and_our_mistakes_stay_what_they_are(error: Exception) -> None:
    with pytest.raises(type(error)) as caught, translated():
        raise error
    assert caught.value is error


def verbs(folder: Path) -> list[Callable[[], object]]:
    settings = {
        "workspace": folder,
        "compose": {},
        "ports": {"blue": 8000, "green": 8001},
        "proxies": [{"container": "proxy", "file": "f"}],
    }
    runtime = ComposeRuntime("test", ServiceSettings.model_validate(settings).kept_in(folder / "state"))
    container, file = Container("proxy"), CopiedFile("proxy", "/f")
    return [
        lambda: runtime.look(Color.BLUE),
        lambda: runtime.logs(Color.BLUE),
        lambda: runtime.stop(Color.BLUE, Free()),
        lambda: container.run("true"),
        container.nginx_workers,
        lambda: container.url_of(80),
        file.read,
        lambda: file.write(""),
        file.delete,
    ]


@pytest.mark.real
def test_an_engine_that_does_not_answer_is_told_by_every_verb(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("DOCKER_HOST", f"tcp://127.0.0.1:{free_port()}")

    for verb in verbs(tmp_path):
        with pytest.raises(PhaseFailed, match="does not answer") as caught:
            verb()
        assert "docker info" in caught.value.advice


@pytest.mark.real
def test_a_docker_context_that_is_not_there_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("DOCKER_HOST", raising=False)
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path))
    (tmp_path / "config.json").write_text(json.dumps({"currentContext": "gone"}))

    with pytest.raises(PhaseFailed, match="no docker context"), engine():
        pass
    monkeypatch.setenv("DOCKER_CONTEXT", "other")
    with pytest.raises(PhaseFailed, match="no docker context other"), engine():
        pass
