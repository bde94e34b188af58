"""Maintenance on a deploy host: users get a page, who is allowed gets the application, deployments go on."""

import json

import pytest
import requests

from bluegreen.deployment.states import State
from bluegreen.store import events
from tests.e2e.host import Host

pytestmark = pytest.mark.real


@pytest.fixture
def live(host: Host) -> Host:
    """v1 is live on blue."""
    assert host.deploy("v1")[0] == 0
    return host


def get(host: Host, path: str = "/") -> requests.Response:
    return requests.get(f"{host.url}{path}", timeout=10)


def settled(host: Host, status: int) -> requests.Response:
    """What users get once old nginx workers do not take new requests any more, as for 100 ms after a reload."""
    host.wait_until(lambda: get(host).status_code == status, 5)
    return get(host)


def turn_on(host: Host, *more: str) -> None:
    asked = host.bluegreen("maintenance", "on", "hello", *more)
    assert asked.returncode == 0, asked.stdout + asked.stderr + host.worker_log()


def turn_off(host: Host) -> None:
    asked = host.bluegreen("maintenance", "off", "hello")
    assert asked.returncode == 0, asked.stdout + asked.stderr + host.worker_log()


def test_users_get_a_page_until_it_is_off_and_status_says_so_first(live: Host) -> None:
    turn_on(live, "--message", "We move <house> 'til $5")

    answer = settled(live, 503)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "300")
    assert "We move &lt;house&gt; &#x27;til &#36;5" in answer.text
    shown = live.bluegreen("status", "hello").stdout
    assert shown.splitlines()[0].startswith("hello: MAINTENANCE since ") and "We move <house>" in shown
    assert 'bluegreen_maintenance{service="hello"} 1.0' in live.bluegreen("metrics").stdout
    assert "maintenance is on, by" in live.bluegreen("explain", "hello").stdout

    turn_off(live)
    turn_off(live)

    assert settled(live, 200).json()["version"] == "v1"
    assert "MAINTENANCE" not in live.bluegreen("status", "hello").stdout
    assert 'bluegreen_maintenance{service="hello"} 0.0' in live.bluegreen("metrics").stdout


def test_those_who_are_allowed_see_the_site(live: Host) -> None:
    turn_on(live, "--allow", "203.0.113.7")
    settled(live, 503)

    turn_on(live, "--allow", "127.0.0.0/8", "--message", "soon")

    assert settled(live, 200).json()["version"] == "v1"
    assert "127.0.0.0/8" in live.bluegreen("status", "hello").stdout


def test_deployments_go_on_underneath_and_it_stays_on(live: Host) -> None:
    turn_on(live)

    for ref, wanted in (("v2", State.SUCCEEDED), ("broken", State.ROLLED_BACK)):
        _, ended = live.deploy(ref)
        assert ended.state is wanted, live.worker_log()
        settled(live, 503)

    assert live.bluegreen("rollback", "hello").returncode == 0
    settled(live, 503)
    turn_off(live)
    assert settled(live, 200).json()["version"] == "v1"


def test_a_deployment_under_maintenance_turns_it_on_and_off_again(live: Host) -> None:
    with live.load() as load:
        status, ended = live.deploy("v2", "--under-maintenance")

    assert (status, ended.state) == (0, State.SUCCEEDED), live.worker_log()
    assert ended.maintenance_since and ended.maintenance_until
    texts = [each.data.get("text") for each in events.read(live.redis, ended.id)]
    assert "maintenance is on: users get a page, and 503" in texts
    statuses = [line.get("status") for line in load.lines()]
    assert 503 in statuses and set(statuses) <= {200, 503}, set(statuses)
    assert settled(live, 200).json()["version"] == "v2"

    status, ended = live.deploy("broken", "--under-maintenance")
    assert ended.state is State.ROLLED_BACK and ended.maintenance_until
    assert settled(live, 200).json()["version"] == "v2"


def test_it_survives_everything(live: Host) -> None:
    turn_on(live, "--message", "soon")
    live.kill_worker()
    live.nginx.stop()
    live.redis.flushdb()

    live.start_nginx()
    live.start_worker()

    settled(live, 503)
    live.wait_until(lambda: "MAINTENANCE" in live.bluegreen("status", "hello").stdout)
    assert live.bluegreen("repair", "hello").returncode == 0
    settled(live, 503)
    turn_off(live)
    assert settled(live, 200).json()["version"] == "v1"


def test_json_has_it(live: Host) -> None:
    turn_on(live, "--allow", "203.0.113.7", "--message", "soon")

    shown = json.loads(live.bluegreen("status", "hello", "--json").stdout)["maintenance"]

    assert (shown["message"], shown["allow"]) == ("soon", ["203.0.113.7"])
    assert not shown["secret"] and not shown["page"]


def test_a_freeze_holds_what_would_take_the_site_from_its_users_and_not_what_gives_it_back(live: Host) -> None:
    live.configure('[[freezes]]\nstart = 2020-01-01\nend = 2099-01-01\nreason = "Christmas"\n')

    refused = live.bluegreen("maintenance", "on", "hello")
    assert refused.returncode == 3 and "frozen: Christmas" in refused.stderr
    assert 'bluegreen maintenance on hello --override-freeze "why"' in refused.stderr
    assert settled(live, 200)

    turn_on(live, "--override-freeze", "a hole")
    settled(live, 503)
    assert "in a freeze: Christmas" in live.bluegreen("status", "hello").stdout
    turn_off(live)
    assert settled(live, 200)


def test_bad_input_is_answered_and_changes_nothing(live: Host) -> None:
    for more, said in (
        (("--allow", "the office"), "is neither an address nor a network"),
        (("--allow", "0.0.0.0/0"), "is everybody"),
        (("--message", "a\nb"), "invalid reason for a maintenance"),
    ):
        refused = live.bluegreen("maintenance", "on", "hello", *more)
        assert refused.returncode == 2 and said in refused.stderr, refused
    assert "no service 'nope'" in live.bluegreen("maintenance", "on", "nope").stderr
    live.configure('[services.hello.maintenance]\npage = "none.html"\n')
    refused = live.bluegreen("maintenance", "on", "hello")
    assert refused.returncode != 0 and "maintenance.page cannot be read" in refused.stderr
    assert "maintenance.page cannot be read" in live.bluegreen("doctor").stdout
    assert get(live).status_code == 200


def test_doctor_says_it_first_and_asks_the_site_as_a_probe(live: Host) -> None:
    turn_on(live, "--message", "soon")
    settled(live, 503)

    lines = live.bluegreen("doctor").stdout.splitlines()

    assert lines[1].startswith("could be better hello: maintenance: MAINTENANCE since") and "soon" in lines[1]
    assert not [line for line in lines if line.startswith("WRONG")], lines


def test_before_a_first_deployment_it_is_refused(host: Host) -> None:
    refused = host.bluegreen("maintenance", "on", "hello")

    assert refused.returncode == 2 and "nothing of bluegreen's is live yet" in refused.stderr
