"""Where proxies run and where their files lie, by the settings."""

from pathlib import Path

import pytest

from bluegreen.settings.service import ServiceSettings
from compose.container import Container, CopiedFile
from nginx.file.plain_file import PlainFile
from nginx.host import Host
from tasks.proxies import proxies_of
from tests.tasks.memory import SERVICE

pytestmark = pytest.mark.unit


def test_each_runs_and_has_its_file_where_the_settings_say() -> None:
    proxies = [
        {"conf": "nginx.conf", "file": "on_host.inc"},
        {"container": "one", "file": "mounted.inc"},
        {"container": "two", "copy_to": "/etc/nginx/copied.inc"},
    ]
    settings = ServiceSettings.model_validate({**SERVICE, "workspace": Path("/srv/web"), "proxies": proxies})

    on_host, mounted, copied = proxies_of("web", settings)

    assert [each.label for each in (on_host, mounted, copied)] == ["nginx.conf", "one", "two"]
    assert [type(each.machine) for each in (on_host, mounted, copied)] == [Host, Container, Container]
    assert [type(each.file) for each in (on_host, mounted, copied)] == [PlainFile, PlainFile, CopiedFile]
    assert "copied.inc" in copied.file.name and mounted.file.name == "mounted.inc"
