"""The command lines, as strings."""

import pytest

from compose import commands
from deployment.states import Color

pytestmark = pytest.mark.unit

PROJECT = commands.project_of("test", Color.GREEN, "deploy/compose.{color}.yml", ".bluegreen")
FILES = "-f deploy/compose.green.yml -f .bluegreen/compose.test-green.json"


def line(arguments: list[str]) -> str:
    return " ".join(arguments)


def test_services_of_one_workspace_lay_over_files_of_their_own() -> None:
    others = {
        commands.project_of(name, Color.BLUE, "{color}.yml", ".bluegreen").override for name in ("web", "api")
    }

    assert len(others) == 2


def test_each_verb_names_the_colours_own_project() -> None:
    assert line(commands.config(PROJECT)) == (
        "--ansi never -p test-green -f deploy/compose.green.yml config --format json"
    )
    assert line(commands.build(PROJECT)) == f"--ansi never -p test-green {FILES} build"
    assert line(commands.up(PROJECT, 10)) == (
        f"--ansi never -p test-green {FILES} up --detach --no-build --force-recreate --remove-orphans --timeout 10"
    )
    assert line(commands.down(PROJECT, 10)) == "--ansi never -p test-green down --timeout 10"
    assert line(commands.version()) == "version --short"


def test_neither_volumes_nor_images_are_ever_taken_down() -> None:
    assert not {"-v", "--volumes", "--rmi"} & set(commands.down(PROJECT, 10))


def test_part_of_a_second_of_grace_is_a_whole_one_for_compose() -> None:
    assert commands.down(PROJECT, 0.5)[-1] == "1"
    assert commands.down(PROJECT, 0)[-1] == "0"


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
    assert commands.project_of(service, Color.BLUE, "{color}.yml", ".bluegreen").name == project


def test_a_compose_file_may_refer_to_the_deployment() -> None:
    variables = commands.variables(Color.BLUE, "r1", "d1")

    assert {key: value for key, value in variables.items() if key.startswith("BLUEGREEN_")} == {
        "BLUEGREEN_COLOR": "blue",
        "BLUEGREEN_RELEASE": "r1",
        "BLUEGREEN_DEPLOYMENT": "d1",
    }


def test_every_variable_has_a_value_outside_a_deployment_too() -> None:
    ours = {key: value for key, value in commands.variables(Color.BLUE).items() if key.startswith("BLUEGREEN_")}

    assert all(ours.values())
