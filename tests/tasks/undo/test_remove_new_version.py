"""What a rollback takes away."""

from pathlib import Path

import pytest

from bluegreen.deployment.errors import PhaseFailed, Superseded
from bluegreen.deployment.record import Release
from bluegreen.deployment.runtime import Instance
from bluegreen.deployment.states import Color, Phase
from tasks.context import PhaseContext
from tasks.undo import remove_new_version
from tests.cancellations import Stale
from tests.tasks.memory import Host

pytestmark = pytest.mark.unit

BOTH = {Color.BLUE: Instance(True, release="v1"), Color.GREEN: Instance(True, release="v2")}


def phase(host: Host, **noted: object) -> PhaseContext:
    host.runtime.colors |= BOTH
    return host.deployment(Phase.REMOVE_NEW_VERSION, to_color=Color.GREEN, release=Release(name="v2"), **noted)


def test_what_was_started_is_removed_and_nothing_else(host: Host) -> None:
    context = phase(host, started=True)

    assert remove_new_version.remove_new_version.work(context) == "green is removed"

    assert host.runtime.log == ["remove green"] and set(host.runtime.colors) == {Color.BLUE}
    written = host.store.get(context.deployment.id)
    assert written and written.last_look and written.last_look.serves


def test_a_second_worker_finds_nothing_left_to_remove(host: Host) -> None:
    context = phase(host, started=True)
    remove_new_version.remove_new_version.work(context)

    assert remove_new_version.remove_new_version.work(host.again(context)) == "green is removed"
    assert host.runtime.log == ["remove green"]


def test_a_colour_that_this_deployment_never_started_stays(host: Host) -> None:
    said = remove_new_version.remove_new_version.work(phase(host))

    assert said == "the new version was never started" and host.runtime.log == []


def test_a_colour_that_users_still_get_stays_and_the_record_says_what_they_get(
    host: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise PhaseFailed("green is kept, because edge sends requests to it")

    context = phase(host, started=True)
    monkeypatch.setattr(remove_new_version, "refuse_if_it_serves", refuse)

    with pytest.raises(PhaseFailed, match="green is kept"):
        remove_new_version.remove_new_version.work(context)

    assert host.runtime.log == [] and context.deployment.last_look is not None


def test_a_worker_that_was_fenced_out_removes_nothing(tmp_path: Path) -> None:
    host = Host(tmp_path)
    host.cancellation = Stale()

    with pytest.raises(Superseded):
        remove_new_version.remove_new_version.work(phase(host, started=True))

    assert host.runtime.log == []
