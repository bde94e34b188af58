"""What a process knows of its services while their config file changes under it."""

import tomllib
from pathlib import Path

import pytest

from bluegreen.deployment.errors import UsageError
from bluegreen.settings import config_file
from bluegreen.settings.service import Config
from tasks import services
from tasks.services import Services
from tests.bluegreen.settings.test_config_file import GOOD

pytestmark = pytest.mark.unit


class File:
    """A config file, as it stands."""

    def __init__(self) -> None:
        self.write(GOOD)

    def write(self, text: str) -> None:
        self.config = config_file.parse(tomllib.loads(text)).locate(Path("srv"), Path("state"))

    def renamed(self) -> None:
        self.write(GOOD.replace("services.web", "services.other"))

    def __call__(self) -> Config:
        return self.config


def test_whoever_opens_a_site_has_the_same_one_until_the_settings_change() -> None:
    file = File()
    known = Services(file)

    first = known.site("web", "web-1")
    assert known.site("web", "web-1") is first
    assert known.site("web", "web-2").router is not first.router, "what it has asked is its own"

    file.write(GOOD)
    changed = known.site("web", "web-1")
    assert changed is not first and changed.settings is file.config.services["web"]


def test_a_service_that_is_gone_from_the_file_is_known_as_it_was() -> None:
    file = File()
    known = Services(file)
    assert not known.serves("web")
    assert known.serve() == ("web",)
    was = file.config.services["web"]

    file.renamed()

    assert known.serves("web") and known.settings("web") is was
    assert known.serve() == ("other",)
    with pytest.raises(UsageError, match="there is no service 'api'"):
        known.settings("api")


def test_sites_of_deployments_that_are_long_over_are_let_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(services, "SITES", 2)
    known = Services(File())
    first, second = known.site("web", "web-1"), known.site("web", "web-2")

    known.site("web", "web-3")

    assert known.site("web", "web-2") is second
    assert known.site("web", "web-1") is not first


def test_two_applications_in_one_process_know_nothing_of_each_other() -> None:
    one, other = Services(File()), Services(File())
    one.serve()

    assert not other.serves("web")
    assert one.site("web", "web-1") is not other.site("web", "web-1")
