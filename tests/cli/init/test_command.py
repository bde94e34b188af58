"""init where there is nothing that it could be of."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from bluegreen.deployment.errors import UsageError
from cli.init import command
from cli.main import bluegreen
from compose.survey import Survey
from tests.cli.init.test_draft import running

pytestmark = pytest.mark.unit


@pytest.mark.parametrize("wanted", [[], ["shop"]])
def test_with_nothing_running_it_says_so_and_not_that_something_is_unclear(
    wanted: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours = running("web", is_ours=True)
    monkeypatch.setattr(command, "survey", lambda: Survey((ours,), None))

    config = str(tmp_path / "bluegreen.toml")
    refused = CliRunner().invoke(bluegreen, ["--config", config, "init", *wanted]).exception

    assert isinstance(refused, UsageError)
    assert refused.what == "no Compose project runs" and "docker compose up -d" in refused.advice


def test_a_colour_of_another_site_on_the_same_network_is_not_taken_for_ours(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here, there = (str(tmp_path / name) for name in ("shop", "blog"))
    web = running("web", folder=here, ports={8000: 9000})
    theirs = running("app-blue", folder=there, project="blog-blue", ports={8000: 9100}, is_ours=True)
    monkeypatch.setattr(command, "survey", lambda: Survey((web, theirs), None))

    config = tmp_path / "bluegreen.toml"
    CliRunner().invoke(bluegreen, ["--config", str(config), "init", "shop"], standalone_mode=False)

    text = config.read_text()
    assert "web-{color}" in text and "9100" not in text
