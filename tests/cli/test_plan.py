"""plan: every effective setting, and where it came from."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from cli.main import bluegreen

pytestmark = pytest.mark.unit

CONFIG = """
[services.web]
[services.web.ports]
blue = 8000
green = 8001
[services.web.processes]
command = ["web", "--port", "{port}"]
[services.web.health]
attempts = 3
[[services.web.proxies]]
conf = "nginx.conf"
file = "upstream.inc"
[[services.web.proxies]]
container = "edge"
copy_to = "/etc/nginx/conf.d/web.inc"
template = "variable"
[[services.web.proxies]]
container = "other"
file = "other.inc"
name = "web"
"""


def test_settings_are_shown_with_their_source(tmp_path: Path) -> None:
    (tmp_path / "bluegreen.toml").write_text(CONFIG)

    shown = CliRunner().invoke(bluegreen, ["--config", str(tmp_path / "bluegreen.toml"), "plan", "web"]).output

    assert "services.web.health.attempts = 3  (bluegreen.toml)" in shown
    assert "services.web.health.interval = 10  (default)" in shown
    assert f"services.web.workspace = {json.dumps(str(tmp_path))}  (default)" in shown
    assert 'services.web.processes.command = ["web", "--port", "{port}"]  (bluegreen.toml)' in shown
    assert 'services.web.proxies.0.name = "app"  (default)' in shown
    assert 'services.web.proxies.1.name = "service_url"  (default)' in shown
    assert 'services.web.proxies.2.name = "web"  (bluegreen.toml)' in shown
    assert "deploy.switch_traffic" in shown and "undo.restore_traffic" in shown


def test_no_secret_is_shown(tmp_path: Path) -> None:
    more = """
[services.web.source]
url = "https://s3cretTOKEN@host/web.git?private_token=s3cretTOKEN"
"""
    text = CONFIG.replace('file = "upstream.inc"', 'file = "upstream.inc"\nurl = "http://ann:s3cretTOKEN@site"', 1)
    text = text.replace("[services.web.health]", 'env = { KEY = "s3cretTOKEN" }\n[services.web.health]')
    text = text.replace('"--port", ', '"redis://:s3cretTOKEN@host", "--port", ')
    (tmp_path / "bluegreen.toml").write_text(text + more)

    shown = CliRunner().invoke(bluegreen, ["--config", str(tmp_path / "bluegreen.toml"), "plan", "web"]).output

    assert 'services.web.source.url = "https://***@host/web.git?private_token=***"  (bluegreen.toml)' in shown
    assert 'services.web.processes.env = {"KEY": "***"}  (bluegreen.toml)' in shown
    assert '"redis://***@host"' in shown and '"http://***@site"' in shown and "s3cret" not in shown
