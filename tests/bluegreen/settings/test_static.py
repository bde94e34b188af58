"""[services.NAME.static]: what is read, and how it is refused."""

import tomllib
from pathlib import Path

import pytest

from bluegreen.deployment.errors import ConfigError
from bluegreen.settings import config_file

pytestmark = pytest.mark.unit

PROXY = '[[services.web.proxies]]\nconf = "nginx.conf"\nfile = "upstream.inc"\n'
COMPOSE = f'[services.web.compose]\nfiles = ["docker-compose.yml"]\nservice = "app"\n{PROXY}'
PROCESSES = f'[services.web.ports]\nblue = 1\ngreen = 2\n[services.web.processes]\ncommand = ["x"]\n{PROXY}'


def static(base: str, text: str) -> str:
    return f"{base}[services.web.static]\n{text}"


def refused(text: str) -> str:
    with pytest.raises(ConfigError) as error:
        config_file.parse(tomllib.loads(text))
    return error.value.what


def test_a_path_is_one_in_the_image_or_in_the_tree_and_the_folder_is_the_workspaces(tmp_path: Path) -> None:
    config = config_file.parse(tomllib.loads(static(COMPOSE, 'from = "/app/static/"\nto = "static"')))

    found = config.locate(tmp_path, tmp_path / "state").services["web"].static
    assert found and (found.from_, found.is_in_image, found.to) == ("/app/static", True, tmp_path / "static")


@pytest.mark.parametrize(
    ("base", "text", "what"),
    [
        (COMPOSE, 'from = "/"\nto = "static"', "from: should name a folder below"),
        (COMPOSE, 'from = "../x"\nto = "static"', 'from: should have no ".."'),
        (COMPOSE, 'from = "/app"', "to: is missing"),
        (COMPOSE, 'from = "/app"\nto = "x"\nform = 1', "unknown key; did you mean from?"),
        (PROCESSES, 'from = "/app"\nto = "static"', "is one in an image"),
        (PROCESSES, 'from = "public"\nto = "public/served"', "to lies in from"),
        (PROCESSES, 'from = "public/all"\nto = "./public"', "to lies in from, or is it"),
    ],
)
def test_what_cannot_be_meant_is_refused(base: str, text: str, what: str) -> None:
    assert what in refused(static(base, text))


def test_two_services_have_folders_of_their_own() -> None:
    one = static(PROCESSES, 'from = "public"\nto = "static"')
    other = one.replace("services.web", "services.shop").replace("upstream.inc", "other.inc")

    assert "the folder of static files static" in refused(one + "\n" + other)
