"""A new version that whoever asks for it reaches through the proxy, before the switch, and nobody else."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from bluegreen.deployment.states import Color, State
from tests.e2e.load import Load
from tests.e2e.previewed import PreviewedHost
from tests.e2e.test_promotion import hold

pytestmark = pytest.mark.real


@pytest.fixture(params=[True, pytest.param(False, marks=pytest.mark.long)], ids=["asked", "not asked"])
def live(tmp_path: Path, redis_url: str, redis: object, request: pytest.FixtureRequest) -> Iterator[PreviewedHost]:
    """v1 is live on blue, through an nginx that can be asked what it serves, or cannot."""
    kind = type("Asked", (PreviewedHost,), {"is_asked": request.param})
    with kind(tmp_path, redis_url) as host:
        host.start_nginx()
        host.start_worker()
        assert host.deploy("v1")[0] == 0, host.worker_log()
        yield host


def test_whoever_has_the_secret_reaches_the_new_version_and_nobody_else(live: PreviewedHost) -> None:
    with Load(f"{live.url}/", live.folder, rate=60) as load:
        identity = hold(live)
        asks = live.asks(identity)

        assert live.preview(asks) == {"color": "green", "version": "v2"}
        for other in (
            {},
            {"X-Preview": "1"},
            {"X-Preview": asks["X-Preview"][:-1]},
            {"Cookie": f"X-Preview={asks}"},
        ):
            assert live.preview(other)["version"] == "v1", other
        seen = len(load.lines())
        load.wait_for(lambda lines: len(lines) > seen + 60)
        assert load.versions() == ["v1"]
        assert live.bluegreen("promote", identity, "--wait", "30").returncode == 0
        load.wait_for_version("v2")

    assert load.dropped() == []
    ended = live.deployment(identity)
    assert ended.state is State.SUCCEEDED and ended.preview is None
    assert "preview" not in (live.folder / "conf.d" / "app.inc").read_text()
    assert live.preview(asks)["version"] == "v2"


def test_an_abort_takes_it_back_and_the_header_reaches_the_old_version(live: PreviewedHost) -> None:
    before = (live.folder / "conf.d" / "app.inc").read_text()
    identity = hold(live)
    asks = live.asks(identity)
    assert live.preview(asks)["version"] == "v2"

    assert live.bluegreen("abort", identity, "--wait", "30").returncode == 1

    ended = live.deployment(identity)
    assert ended.state is State.ABORTED and not live.is_running(Color.GREEN), ended
    assert ended.last_look is not None and ended.last_look.serves
    assert live.preview(asks)["version"] == "v1"
    after = (live.folder / "conf.d" / "app.inc").read_text()
    assert [line for line in after.splitlines() if "epoch" not in line] == [
        line for line in before.splitlines() if "epoch" not in line
    ]
