"""From nothing to a site that switches under load, through both proxies."""

import pytest

from bluegreen import http
from bluegreen.deployment.states import Phase
from tests.stack.site import Site
from tests.stack.users import Dweller, Listener, Talker

pytestmark = [pytest.mark.docker, pytest.mark.timeout(300)]


def test_both_proxies_come_up_before_any_colour_does(fresh: Site) -> None:
    for proxy, answer in fresh.first_answers.items():
        assert answer.status == 503 and "not available at the moment" in answer.body, f"{proxy}: {answer}"


def test_the_first_deployment_goes_live_in_both_proxies(site: Site) -> None:
    assert len(site.answers()) == 1
    for url in site.urls.values():
        assert "sans-serif" in http.get(f"{url}/static/site.css", 5).body
        assert "site.css" in http.get(f"{url}/entries", 5).body


def test_blue_to_green_to_blue_loses_no_request_websocket_or_stream(site: Site) -> None:
    before, _ = site.live()
    outside = site.urls[site.outer]
    with (
        site.load(site.outer) as outer,
        site.load(site.inner) as inner,
        Talker(outside) as talker,
        Talker(site.urls[site.inner]) as second_talker,
        Dweller(outside) as dweller,
        Listener(outside) as listener,
    ):
        for ref, color in (("there", before.other), ("back", before)):
            site.wait_until(lambda: dweller.said > 5)
            deployment = site.deploy_well(ref)
            assert (deployment.from_color, deployment.to_color) == (color.other, color)
            assert site.answers() == {(color.value, ref)}
        for load in (outer, inner):
            load.wait_for_version("back")

    for load in (outer, inner):
        assert load.dropped() == []
        assert any("slow" in line["path"] for line in load.lines())
        assert load.versions()[-2:] == ["there", "back"], "an old version answered after a new one had taken over"
    for user in (talker, second_talker, listener, dweller):
        assert user.failed == [] and user.good > 0, user
    # One that stays longer than drain.timeout is told to come again (service restart), not cut.
    assert dweller.ends == [1012, 1012]


def test_both_proxies_are_switched_and_rolled_back_together(site: Site) -> None:
    color, version = site.live()
    site.configure(bake="seconds = 30")
    identity = site.begin("dies-young")
    site.wait_for_phase(identity, Phase.SWITCH_TRAFFIC)
    assert site.answers() == {(color.other.value, "dies-young")}

    site.color(color.other).kill()

    status, deployment = site.end(identity)
    assert status == 1 and deployment.error is not None
    assert deployment.error.phase is Phase.VERIFY_TRAFFIC
    assert site.answers() == {(color.value, version)}


def test_the_migrations_are_the_databases_own_and_not_a_colours(site: Site) -> None:
    color, _ = site.live()

    shown = site.color(color).exec_run(["python", "manage.py", "showmigrations", "guestbook"]).output.decode()

    assert shown.count("[X]") == 2
    assert "migrate" not in site.color(color).logs().decode()


def test_a_colour_runs_as_nobody_special_and_ends_when_it_is_told_to(site: Site) -> None:
    old, _ = site.live()
    running = site.color(old)
    site.wait_until(lambda: site.color(old).attrs["State"]["Health"]["Status"] == "healthy")

    assert running.exec_run(["id", "-u"]).output.strip() == b"1000"
    assert b"gunicorn" in running.exec_run(["cat", "/proc/1/cmdline"]).output

    site.deploy_well("next")

    assert site.color(old).attrs["State"]["ExitCode"] == 0, "gunicorn was killed, it did not end"
