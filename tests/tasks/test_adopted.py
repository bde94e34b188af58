"""The way back from the first deployment to what was adopted, and what a kill on it leaves."""

import json
from pathlib import Path
from typing import Any

import pytest

from bluegreen.deployment.errors import NotRunning, PhaseFailed, UsageError
from bluegreen.deployment.states import UNDO_PHASES, Color, Phase, State
from bluegreen.settings.service import ProxySettings
from bluegreen.system.state_folder import ADOPTION
from tasks import adopted
from tasks.adopted import Adopted, NginxFile
from tasks.context import PhaseContext
from tasks.undo.remove_new_version import remove_new_version
from tasks.undo.restore_traffic import restore_traffic
from tests.tasks.memory import Host
from tests.tasks.moments import killed

pytestmark = pytest.mark.unit


class Originals:
    """What the Engine would be asked for."""

    def __init__(self) -> None:
        self.started: list[Any] = []
        self.is_gone = False

    def look(self, name: str) -> None:
        if self.is_gone:
            raise NotRunning(f"there is no container {name}")

    def start(self, names: Any, policies: Any) -> None:
        self.look(names[0])
        self.started.append((tuple(names), dict(policies)))

    def host_of(self, name: str) -> None:
        return None


@pytest.fixture(autouse=True)
def there(monkeypatch: pytest.MonkeyPatch) -> Originals:
    originals = Originals()
    monkeypatch.setattr(adopted, "originals", originals)
    return originals


def adoption(host: Host) -> None:
    """What `adopt` has written down."""
    (proxy,) = host.settings.proxies
    seed = {"path": str(proxy.file and proxy.file.resolve()), "after": "upstream app { server web:8000; }"}
    written = {"originals": ["shop-web-1"], "policies": {"shop-web-1": {"Name": "always"}}, "files": [seed]}
    host.settings.state_folder.mkdir(parents=True, exist_ok=True)
    (host.settings.state_folder / ADOPTION).write_text(json.dumps({**written, "service": "web", "done": True}))


def ready(folder: Path) -> Host:
    folder.mkdir(parents=True, exist_ok=True)
    host = Host(folder)
    adoption(host)
    host.live()
    return host


def begun(host: Host) -> PhaseContext:
    deployment = host.store.create(
        "web", "me", kind="rollback", to_adopted=True, state=State.ROLLING_BACK, phase=UNDO_PHASES[0]
    )
    return host.context(host._begin(deployment, Phase.RESTORE_TRAFFIC), deployment)


def test_what_was_adopted_runs_and_serves_and_nothing_is_left_of_the_release(
    tmp_path: Path, there: Originals
) -> None:
    host = ready(tmp_path / "host")
    context = begun(host)

    assert "what was there before serves again" in restore_traffic.work(context)
    assert there.started == [(("shop-web-1",), {"shop-web-1": {"Name": "always"}})]
    assert host.served() == {(None, None)} and host.runtime.look(Color.BLUE).running

    context = host.next(host.next(context))
    remove_new_version.work(context)
    assert Color.BLUE not in host.runtime.colors
    written = host.written(context)
    assert written.last_look and written.last_look.what.startswith("what served before the first deployment")
    assert context.lease.commit("done").state is State.ROLLED_BACK
    assert host.store.live("web") is None


def test_killed_anywhere_the_successor_goes_on(tmp_path: Path) -> None:
    numbers = iter(range(1000))

    for when, host, context in killed(lambda: ready(tmp_path / str(next(numbers))), begun, restore_traffic.work):
        context = host.again(context)
        restore_traffic.work(context)
        remove_new_version.work(host.next(host.next(context)))
        assert host.served() == {(None, None)} and Color.BLUE not in host.runtime.colors, when


def test_where_it_does_not_start_the_new_version_goes_on_serving(tmp_path: Path, there: Originals) -> None:
    host = ready(tmp_path / "host")
    there.is_gone = True

    with pytest.raises(PhaseFailed, match="no container shop-web-1"):
        restore_traffic.work(begun(host))

    assert host.served() == {(Color.BLUE, "v1")} and host.runtime.look(Color.BLUE).running


def test_one_that_is_gone_is_refused_before_with_the_way_that_is_left(there: Originals) -> None:
    there.is_gone = True

    with pytest.raises(UsageError, match="is gone") as caught:
        adopted.expect_there("web", Adopted(originals=("shop-web-1",)))

    assert "bluegreen adopt web --undo" in caught.value.advice


def test_a_proxys_text_is_that_of_its_own_file(tmp_path: Path) -> None:
    own, copied = tmp_path / "own.inc", "/etc/nginx/conf.d/own.inc"
    files = (
        NginxFile(str(own), "one"),
        NginxFile(copied, "two", "edge"),
        NginxFile(str(tmp_path / "site.conf"), "three"),
    )
    proxies = [
        ProxySettings(container="web", file=own),
        ProxySettings(container="edge", copy_to=copied),
        ProxySettings(container="other", copy_to=copied),
    ]

    assert Adopted(originals=(), files=files).texts(proxies) == {"web": "one", "edge": "two"}


def test_what_cannot_be_read_is_said(tmp_path: Path) -> None:
    assert adopted.read(tmp_path) is None
    (tmp_path / ADOPTION).write_text("{")

    with pytest.raises(PhaseFailed, match="cannot read"):
        adopted.read(tmp_path)
