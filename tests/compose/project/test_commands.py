"""The command lines, as strings."""

from pathlib import Path

import pytest

from bluegreen.deployment.record import Release
from bluegreen.deployment.states import Color
from bluegreen.settings.service import ComposeSettings
from compose.project import commands

pytestmark = pytest.mark.unit

COLORS = ComposeSettings(color_file="deploy/compose.{color}.yml")
PROJECT = commands.project_of("test", Color.GREEN, COLORS)
FOLDER = Path("/srv/site/deploy")


def line(arguments: list[str]) -> str:
    return " ".join(arguments)


def test_each_verb_names_the_colours_own_project() -> None:
    assert line(commands.config(PROJECT)) == (
        "--ansi never -p test-green -f deploy/compose.green.yml config --format json"
    )
    assert line(commands.given(PROJECT, FOLDER)) == (
        f"--ansi never -p test-green --project-directory {FOLDER} -f -"
    )
    assert line(commands.given(PROJECT, FOLDER, [FOLDER / ".env"])) == (
        f"--ansi never -p test-green --project-directory {FOLDER} --env-file {FOLDER / '.env'} -f -"
    )
    assert line(commands.down(PROJECT)) == "--ansi never -p test-green down"
    assert line(commands.version()) == "version --short"


def test_files_of_another_project_are_read_under_its_own_name() -> None:
    files = ComposeSettings(files=("deploy/a.yml", "b.yml"), service="web")
    project = commands.project_of("my.App", Color.GREEN, files)

    assert line(commands.config(project)) == "--ansi never -f deploy/a.yml -f b.yml config --format json"
    assert line(commands.down(project)) == "--ansi never -p my-app-green down"
    assert (project.folder.as_posix(), commands.own_service("my.App", files)) == ("deploy", "my-app-{color}")


def test_a_colour_is_made_anew_with_its_volumes_that_have_no_name() -> None:
    assert line(commands.up()) == ("up --detach --no-build --force-recreate --renew-anon-volumes --remove-orphans")


def test_neither_volumes_nor_images_are_ever_taken_down() -> None:
    assert not {"-v", "--volumes", "--rmi"} & set(commands.down(PROJECT))


@pytest.mark.parametrize(
    ("service", "project"),
    [
        ("test", "test-blue"),
        ("Test", "test-blue"),
        ("my_app", "my_app-blue"),
        ("my.app", "my-app-blue"),
        ("über app", "ber-app-blue"),
    ],
)
def test_a_project_has_a_name_that_compose_takes(service: str, project: str) -> None:
    assert commands.project_of(service, Color.BLUE, COLORS).name == project


def ours(release: Release | None = None, deployment_id: str | None = None) -> dict[str, str]:
    variables = commands.variables(Color.BLUE, release, deployment_id)
    return {key.removeprefix("BLUEGREEN_"): value for key, value in variables.items() if key.startswith("BLUE")}


def test_a_compose_file_may_refer_to_the_deployment() -> None:
    """A ref that is deployed again has another name, which is no tag in a registry."""
    again = Release(name="5.0-10", ref="5.0")

    assert ours(again, "d1") == {"COLOR": "blue", "RELEASE": "5.0-10", "REF": "5.0", "DEPLOYMENT": "d1"}
    assert ours(Release(name="r7"), "d1")["REF"] == ""


def test_every_variable_has_a_value_outside_a_deployment_too() -> None:
    assert ours() == {"COLOR": "blue"} | dict.fromkeys(("RELEASE", "REF", "DEPLOYMENT"), commands.UNKNOWN)
