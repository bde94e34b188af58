"""What Compose is told by us, by the machine and by an .env beside the file."""

import pytest

from bluegreen.deployment.record import Release
from bluegreen.deployment.states import Color
from tests.cancellations import Free
from tests.compose.app import App

pytestmark = pytest.mark.docker

BLUE = Color.BLUE


def test_a_file_that_insists_on_our_variables_can_be_read_and_started(app: App) -> None:
    given = "${BLUEGREEN_COLOR:?} ${BLUEGREEN_RELEASE:?} ${BLUEGREEN_DEPLOYMENT:?}"
    app.compose_file(BLUE, command=["echo", given])

    app.runtime.preflight(BLUE)
    app.deploy(BLUE, "one", deployment_id="d1")

    assert app.runtime.logs(BLUE) == "blue one d1"


def test_what_the_machine_says_to_compose_does_not_reach_ours(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COMPOSE_FILE", "/nowhere.yml")
    (app.folder / ".env").write_text("COMPOSE_FILE=/nowhere.yml\nCOMPOSE_IGNORE_ORPHANS=true\n")
    monkeypatch.setenv("COMPOSE_PROJECT_NAME", "somebody-else")
    monkeypatch.setenv("COMPOSE_IGNORE_ORPHANS", "true")

    release = app.runtime.build(BLUE, Release(name="one"), "d1", Free())
    app.runtime.start(BLUE, release, "d1", Free())
    app.runtime.stop(BLUE, Free())
    app.runtime.remove(BLUE, Free())

    assert app.runtime.look(BLUE).described == "no container"
