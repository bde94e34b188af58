"""init where there is nothing that it could be of."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from cli.init import command
from cli.main import bluegreen
from compose.survey import Survey
from deployment.errors import UsageError
from tests.init.test_draft import running

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
