"""abort: what it says of a deployment that nothing drives."""

import pytest
from click.testing import CliRunner, Result

from cli.main import bluegreen
from deployment.errors import UsageError
from deployment.store import Store

pytestmark = pytest.mark.real


@pytest.fixture
def said(redis_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("BLUEGREEN_REDIS_URL", redis_url)

    def run(*arguments: str) -> Result:
        return CliRunner().invoke(bluegreen, arguments, standalone_mode=False)

    return run


def test_an_abort_says_how_the_deployment_has_ended(said, redis) -> None:
    record = Store(redis).create("hello", "me")

    for _ in range(2):
        assert said("abort", record.id).output == f"{record.id}: it has ended: aborted\n"


def test_an_abort_that_comes_too_late_is_refused_with_how_it_ended(said, redis) -> None:
    record = Store(redis).create("hello", "me")
    Store(redis).unlock(record.id, "me")

    refused = said("abort", record.id)

    assert isinstance(refused.exception, UsageError)
    assert str(refused.exception).startswith(f"{record.id} cannot be aborted: it has ended: failed")
