"""What can be gone back to, as the records and this host know it together."""

import pytest

from bluegreen.deployment.errors import EngineAway
from bluegreen.deployment.record import Release
from bluegreen.deployment.states import Color, Phase
from tasks.releases import Candidate, find_candidates
from tests.cancellations import Free
from tests.tasks.memory import Host

pytestmark = pytest.mark.unit


def candidates(host: Host) -> dict[str, Candidate]:
    live = host.site.look(host.store.live("web")).release
    found = find_candidates(host.site, host.store.history("web"), live)
    return {each.release.name: each for each in found}


def test_each_release_is_there_with_its_image_and_where_it_stands(host: Host) -> None:
    host.live(Color.BLUE, "v1")
    host.live(Color.GREEN, "v2")
    host.runtime.stop(Color.BLUE, Free())
    before = list(host.runtime.log)

    found = candidates(host)

    assert list(found) == ["v2", "v1"] and host.runtime.log == before
    assert found["v2"].is_live and found["v2"].why_not == "it is live"
    assert found["v1"].why_not == "" and found["v1"].release.image == "web:v1"
    assert {color: each.running for color, each in found["v1"].on.items()} == {Color.BLUE: False}


def test_why_one_cannot_be_gone_back_to(host: Host) -> None:
    for version in ("v1", "v2"):
        host.live(Color.BLUE, version)
    del host.runtime.built["v1"]
    host.deployment(Phase.HEALTH_CHECK, release=Release(name="broken", ref="b"))
    host.runtime.built["broken"] = Release(name="broken", ref="b", image="web:broken")

    found = candidates(host)

    assert found["v1"].why_not == "v1 is not kept on this host"
    assert (found["broken"].why_not, found["broken"].stay) == ("it was never live", None)


def test_an_engine_that_does_not_answer_is_not_taken_for_images_that_are_gone(
    host: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    def kept(_: Release) -> Release:
        raise EngineAway("the Docker Engine does not answer")

    host.live()
    monkeypatch.setattr(host.runtime, "kept", kept)

    with pytest.raises(EngineAway):
        candidates(host)


def test_one_before_migrations_that_do_not_go_back_says_so(host: Host) -> None:
    host.live(Color.BLUE, "v1")
    context = host.deployment(
        Phase.CLEANUP_OLD_VERSION, to_color=Color.GREEN, release=Release(name="v2"), irreversible=True
    )
    context.lease.commit("done")
    host.live(Color.BLUE, "v3")

    assert candidates(host)["v1"].why_not == "the migrations of v2 do not go back (--anyway)"
