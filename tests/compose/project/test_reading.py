"""Compose is asked about a file once, and again after whatever its answer depends on."""

import os
from collections.abc import Callable, Iterator

import pytest

from bluegreen.deployment.record import Release
from bluegreen.deployment.states import Color
from bluegreen.settings.service import ComposeSettings
from compose.project import commands, reading
from tests.compose.app import App

pytestmark = pytest.mark.docker


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[object]]:
    """What Compose was asked."""
    calls: list[object] = []
    run = reading.run_checked

    def counted(*arguments, **options):
        calls.append(arguments)
        return run(*arguments, **options)

    monkeypatch.setattr(reading, "run_checked", counted)
    yield calls
    reading._kept.cache_clear()


def image(app: App, release: str = "r1", **env: str) -> str | None:
    project = commands.project_of(app.name, Color.BLUE, ComposeSettings())
    variables = commands.variables(Color.BLUE, Release(name=release), "d1")
    file = reading.read(project, app.folder, {**os.environ, **variables, **env})
    return file.service("app-blue").image


def test_a_file_that_has_not_changed_is_read_once(app: App, asked: list[object]) -> None:
    app.compose_file(Color.BLUE, build=None, image="one")

    assert [image(app), image(app)] == ["one", "one"] and len(asked) == 1


def test_for_another_release_it_is_read_again_where_it_names_one(app: App, asked: list[object]) -> None:
    app.compose_file(Color.BLUE, build=None, image="app:one")
    assert {image(app, release) for release in ("r1", "r2")} == {"app:one"} and len(asked) == 1

    app.compose_file(Color.BLUE, build=None, image="app:${BLUEGREEN_RELEASE}")
    assert [image(app, release) for release in ("r1", "r2")] == ["app:r1", "app:r2"]


@pytest.mark.parametrize(
    ("change", "then"),
    [
        (lambda app: app.compose_file(Color.BLUE, build=None, image="two"), "two"),
        (lambda app: (app.folder / ".env").write_text("TAG=two\n"), "two"),
        (lambda app: os.environ.update(TAG="three"), "three"),
    ],
    ids=["file", ".env", "environment"],
)
def test_it_is_read_again_after_a_change(
    app: App, asked: list[object], monkeypatch: pytest.MonkeyPatch, change: Callable[[App], object], then: str
) -> None:
    monkeypatch.setenv("TAG", "")
    monkeypatch.delenv("TAG")
    app.compose_file(Color.BLUE, build=None, image="${TAG:-one}")
    assert image(app) == "one"

    change(app)

    assert image(app) == then and len(asked) == 2


def test_a_file_that_leads_to_others_is_read_each_time(app: App, asked: list[object]) -> None:
    (app.folder / "more.yml").write_text("services: {base: {image: one}}\n")
    app.compose_file(Color.BLUE, build=None, extends={"file": "more.yml", "service": "base"})
    assert image(app) == "one"

    (app.folder / "more.yml").write_text("services: {base: {image: two}}\n")

    assert image(app) == "two" and len(asked) == 2


def test_what_compose_refuses_is_asked_again(app: App, asked: list[object]) -> None:
    app.compose_file(Color.BLUE, build=None, image="one", depends_on=["nothing"])
    for _ in range(2):
        with pytest.raises(reading.PhaseFailed, match="cannot read"):
            image(app)

    assert len(asked) == 2
