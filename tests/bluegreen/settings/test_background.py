"""[services.web.background.NAME]: what is read, and how it is refused."""

import tomllib

import pytest

from bluegreen.deployment.errors import ConfigError
from bluegreen.settings import config_file

pytestmark = pytest.mark.unit

GOOD = """
[services.web.compose]
files = ["docker-compose.yml"]
service = "app"
[[services.web.proxies]]
container = "proxy"
file = "nginx/upstream.inc"
[services.web.background.worker]
[services.web.background.cron]
service = "beat"
overlap = false
"""


def refused(text: str) -> str:
    with pytest.raises(ConfigError) as error:
        config_file.parse(tomllib.loads(text))
    return error.value.what


def test_a_section_is_the_service_of_its_name_or_of_the_one_that_it_names() -> None:
    service = config_file.parse(tomllib.loads(GOOD)).services["web"]

    assert service.background_services == {"worker": "worker", "cron": "beat"}
    worker = service.background["worker"]
    assert (worker.start, worker.overlap, worker.bake_seconds) == ("after_switch", True, 5)


def test_what_must_not_overlap_cannot_begin_with_the_colour() -> None:
    said = refused(GOOD + 'start = "with_color"\n')

    assert said.startswith('services.web.background.cron: start = "with_color" has it run beside the old one')


@pytest.mark.parametrize("name", ["app", "worker"])
def test_each_service_is_named_once_and_the_application_is_none_of_them(name: str) -> None:
    assert f"background: {name} is named twice" in refused(GOOD.replace('"beat"', f'"{name}"'))


@pytest.mark.parametrize(
    "runtime",
    [
        '[services.web.compose]\nservice = "web-{color}"\n',
        '[services.web.processes]\ncommand = ["web"]\n',
    ],
)
def test_colours_that_are_not_derived_have_none(runtime: str) -> None:
    ports = "[services.web.ports]\nblue = 8000\ngreen = 8001\n"
    text = runtime + ports + GOOD[GOOD.index("[[") :]

    assert "services.web: background: needs compose.files" in refused(text)
