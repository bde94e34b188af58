"""Hooks that cannot be run are refused when the file is read."""

from typing import Any

import pytest

from bluegreen.deployment.errors import ConfigError
from bluegreen.settings import config_file

pytestmark = pytest.mark.unit


def config(hook: dict[str, Any], **more: Any) -> dict[str, Any]:
    service = {
        "ports": {"blue": 8000, "green": 8001},
        "processes": {"command": ["x"]},
        "proxies": [{"conf": "nginx.conf", "file": "app.inc"}],
        "hooks": [hook],
    }
    return {"services": {"web": {**service, **more}}}


@pytest.mark.parametrize(
    ("hook", "said"),
    [
        ({"at": "before_lunch", "command": ["x"]}, "services.web.hooks.0.at: should be 'before_build'"),
        ({"at": "before_switch"}, "services.web.hooks.0.command: is missing"),
        ({"at": "before_switch", "command": []}, "services.web.hooks.0.command: should not be empty"),
        ({"at": "before_switch", "command": ["x"], "timeout": 0}, "timeout: should be more than 0"),
        ({"at": "before_build", "command": ["x"]}, 'before the release has an image: set where = "host"'),
        ({"at": "before_migrate", "command": ["x"]}, "before_migrate needs a section migrate"),
        ({"at": "before_switch", "command": ["x"], "wher": "host"}, "did you mean where?"),
    ],
)
def test_what_cannot_be_is_refused_by_its_key(hook: dict[str, Any], said: str) -> None:
    with pytest.raises(ConfigError) as refused:
        config_file.parse(config(hook))

    assert said in str(refused.value)


@pytest.mark.parametrize(
    ("check", "said"),
    [
        ({"path": "api"}, 'services.web.checks.0.path: should start with "/"'),
        ({"status": "2xx"}, 'services.web.checks.0.status: should read like "200-299"'),
        ({"at": ["before_build"]}, "services.web.checks.0.at.0: should be 'before_switch' or 'after_switch'"),
        ({"method": "BREW"}, "services.web.checks.0.method: should be 'GET'"),
        ({"headers": {"Host": "x"}}, "is not for headers"),
        ({}, "after_switch needs a proxy with a url"),
    ],
)
def test_a_check_that_cannot_be_asked_is_refused_too(check: dict[str, Any], said: str) -> None:
    with pytest.raises(ConfigError) as refused:
        config_file.parse(config({"at": "before_switch", "command": ["x"]}, checks=[check]))

    assert said in str(refused.value)


def test_what_can_be_is_taken() -> None:
    parsed = config_file.parse(config({"at": "before_migrate", "command": ["x"]}, migrate={"command": ["y"]}))

    assert parsed.services["web"].hooks[0].where == "release"
