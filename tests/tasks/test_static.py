"""Static files through the phases of a deployment and of its rollback."""

from pathlib import Path

import pytest

from bluegreen.deployment.errors import PhaseFailed
from bluegreen.deployment.record import Release
from bluegreen.deployment.states import Color, Phase
from tasks.context import PhaseContext
from tasks.deploy.cleanup_old_version import cleanup_old_version
from tasks.deploy.deploy_new_version import deploy_new_version
from tasks.deploy.determine_target import determine_target
from tasks.deploy.switch_traffic import switch_traffic
from tasks.undo.remove_new_version import remove_new_version
from tasks.undo.restore_traffic import restore_traffic
from tests.tasks.memory import Host
from tests.tasks.moments import killed

pytestmark = pytest.mark.unit

ONE = {"app.1.js": "one", "site.css": "one"}
TWO = {"app.2.js": "two", "site.css": "two"}


def made(folder: Path) -> Host:
    folder.mkdir(parents=True, exist_ok=True)
    host = Host(folder, static={"from": "public", "to": "static"})
    host.runtime.files = {"v1": ONE, "v2": TWO}
    return host


@pytest.fixture
def host(tmp_path: Path) -> Host:
    return made(tmp_path / "host")


def served(host: Host) -> dict[str, str]:
    folder = host.settings.workspace / "static"
    return {each.name: each.read_text() for each in folder.iterdir()} if folder.is_dir() else {}


def started(host: Host) -> PhaseContext:
    """v2, in its phase deploy_new_version, over v1."""
    return host.upgrade(Phase.DEPLOY_NEW_VERSION, started=False)


def test_the_folder_has_both_from_the_start_of_the_new_one_and_turns_with_the_switch(host: Host) -> None:
    context = started(host)

    deploy_new_version.work(context)
    assert served(host) == {"app.1.js": "one", "app.2.js": "two", "site.css": "one"}

    context = host.next(host.next(context))
    assert context.lease.phase is Phase.SWITCH_TRAFFIC
    switch_traffic.work(context)
    assert served(host)["site.css"] == "two"
    context = host.again(context)
    assert switch_traffic.work(context) == "green serves already"

    cleanup_old_version.work(host.next(host.next(context)))
    assert served(host) == {"app.1.js": "one", "app.2.js": "two", "site.css": "two"}, "v1 is kept for a rollback"


def test_a_rollback_turns_them_back_and_leaves_nothing_of_the_new_one(host: Host) -> None:
    context = started(host)
    deploy_new_version.work(context)
    context = host.next(host.next(context))
    switch_traffic.work(context)

    context = host.turn_back(host.next(context))
    restore_traffic.work(context)
    assert served(host)["site.css"] == "one"
    remove_new_version.work(host.next(host.next(context)))

    assert "app.2.js" not in served(host) and served(host)["site.css"] == "one"


def test_a_release_without_the_folder_fails_before_anything_of_it_runs(host: Host) -> None:
    context = started(host)

    def refuse(*_: object, **__: object) -> None:
        raise PhaseFailed("there is no folder public")

    host.runtime.copy_files = refuse  # type: ignore[method-assign]
    with pytest.raises(PhaseFailed, match="no folder public"):
        deploy_new_version.work(context)

    assert not host.written(context).started and "start green v2" not in host.runtime.log
    remove_new_version.work(host.next(host.next(host.turn_back(context))))
    assert served(host) == {}


def test_a_folder_that_cannot_be_written_is_refused_before_anything_is_changed(host: Host) -> None:
    host.live()
    (host.settings.workspace / "static").write_text("a file")
    context = host.deployment(Phase.DETERMINE_TARGET, "v2", release=Release(name="v2"))

    with pytest.raises(PhaseFailed, match="cannot write static files"):
        determine_target.work(context)

    assert host.served() == {(Color.BLUE, "v1")}


def test_killed_at_any_point_of_the_start_it_leaves_nothing(tmp_path: Path) -> None:
    numbers = iter(range(1000))

    for when, host, context in killed(
        lambda: made(tmp_path / str(next(numbers))), started, deploy_new_version.work
    ):
        remove_new_version.work(host.next(host.next(host.turn_back(host.again(context)))))
        assert "app.2.js" not in served(host) and served(host).get("site.css", "one") == "one", when
