"""What a deployment says of the users' requests."""

import json

import pytest

from bluegreen.deployment.receipt import Receipt
from bluegreen.deployment.record import Deployment
from bluegreen.deployment.states import Phase, PhaseState, State
from tests.e2e.host import Host

pytestmark = pytest.mark.real


def receipt_of(deployment: Deployment) -> Receipt:
    assert deployment.receipt is not None and deployment.receipt.began, deployment
    return deployment.receipt


def logged(host: Host) -> int:
    """The users' requests in the access log, by the load's own agent."""
    lines = (host.folder / "access.log").read_text().splitlines()
    return sum('"bluegreen"' not in line for line in lines)


@pytest.fixture
def live(host: Host) -> Host:
    """The host with v1 live."""
    status, deployment = host.deploy("v1")
    assert status == 0, deployment
    return host


def change_nginx(host: Host, there: str, instead: str) -> None:
    conf = host.folder / "nginx.conf"
    text = conf.read_text()
    assert there in text
    conf.write_text(text.replace(there, instead))


def test_every_request_of_the_cutover_is_counted_and_told_on_the_last_line(live: Host) -> None:
    live.configure(bake=1)
    with live.load() as load:
        ended = live.bluegreen("deploy", "hello", "--ref", "v2")
        load.wait_for_version("v2")
    deployment = live.store.live("hello")
    assert deployment is not None
    receipt = receipt_of(deployment)
    (proxy,) = receipt.proxies.values()

    assert receipt.complete and receipt.failed == receipt.probes_failed == 0
    assert proxy.counted.answers.keys() == {"blue", "green"}, "each colour has answered"
    assert 0 < receipt.requests < logged(live)
    assert receipt.probes > 0 and receipt.longest_gap is not None
    last = ended.stdout.splitlines()[-1]
    assert last.startswith(f"0 of {receipt.requests} requests failed, longest gap "), ended.stdout
    shown = live.bluegreen("show", deployment.id).stdout
    assert last in shown and f"green {proxy.counted.answers['green']['200']} x 200" in shown


def test_requests_that_fail_turn_the_deployment_back(live: Host) -> None:
    live.configure("max_failure_rate = 0.2\n", bake=30)
    with live.load() as load:
        status, deployment = live.deploy("v2-flaky")
        load.wait_for(lambda lines: lines[-1].get("version") == "v1")

    receipt = receipt_of(deployment)
    assert (status, deployment.state) == (1, State.ROLLED_BACK)
    assert deployment.error is not None and deployment.error.phase is Phase.VERIFY_TRAFFIC
    assert (
        "requests failed: " in deployment.error.what and "bake.max_failure_rate is 20.0%" in deployment.error.what
    )
    assert "x 500" in deployment.error.saw
    assert receipt.failed > 0 and receipt.complete, (
        "the requests that failed before the rollback are in the receipt"
    )
    assert live.answer()["version"] == "v1"


def test_few_requests_are_not_judged(live: Host) -> None:
    live.configure("max_failure_rate = 0.2\nmin_requests = 100000\n", bake=1)

    with live.load():
        status, deployment = live.deploy("v2-flaky")

    assert (status, deployment.state) == (0, State.SUCCEEDED)
    assert receipt_of(deployment).failed > 0


@pytest.mark.parametrize(
    ("access_log", "note"),
    [
        ("access_log off;", "no access log was found"),
        pytest.param("access_log syslog:server=127.0.0.1;", "it is no plain file", marks=pytest.mark.long),
    ],
)
def test_where_no_log_can_be_read_the_probes_count(host: Host, access_log: str, note: str) -> None:
    change_nginx(host, f'access_log "{host.folder}/access.log" timed;', access_log)
    host.deploy("v1")

    ended = host.bluegreen("deploy", "hello", "--ref", "v2")

    deployment = host.store.live("hello")
    assert deployment is not None
    receipt = receipt_of(deployment)
    assert ended.returncode == 0 and "probes failed, longest gap" in ended.stdout.splitlines()[-1]
    assert (receipt.requests, receipt.complete) == (0, False)
    assert note in next(iter(receipt.proxies.values())).notes[0]


def test_times_in_whole_seconds_leave_the_gap_to_the_probes(host: Host) -> None:
    change_nginx(host, 'access.log" timed;', 'access.log";')
    host.deploy("v1")

    with host.load():
        _, deployment = host.deploy("v2")

    receipt = receipt_of(deployment)
    (proxy,) = receipt.proxies.values()
    assert receipt.requests > 0 and receipt.complete and proxy.counted.longest_gap is None
    assert receipt.longest_gap == proxy.probes.longest_gap
    assert proxy.counted.answers.keys() == {"unknown"}


def test_a_log_that_goes_away_meanwhile_is_no_failure_of_the_deployment(live: Host) -> None:
    live.configure(bake=1)
    identity = live.bluegreen("deploy", "hello", "--ref", "v2", "--detach").stdout.strip()
    live.wait_until(lambda: live.phase_state(identity, Phase.SWITCH_TRAFFIC) is PhaseState.DONE)
    (live.folder / "access.log").unlink()

    live.bluegreen("watch", identity)

    receipt = receipt_of(live.deployment(identity))
    assert live.deployment(identity).state is State.SUCCEEDED
    assert not receipt.complete and "cannot read" in next(iter(receipt.proxies.values())).notes[0]


def test_a_killed_worker_costs_its_probes_but_no_line_of_the_log(live: Host) -> None:
    live.configure(bake=3)
    with live.load() as load:
        identity = live.bluegreen("deploy", "hello", "--ref", "v2", "--detach").stdout.strip()
        live.wait_until(lambda: live.phase_state(identity, Phase.VERIFY_TRAFFIC) is PhaseState.RUNNING)
        start, seen = receipt_of(live.deployment(identity)), len(load.lines())
        load.wait_for(lambda lines: len(lines) > seen + 30)
        live.kill_worker()
        live.start_worker()
        live.bluegreen("watch", identity)
    receipt = receipt_of(live.deployment(identity))

    assert live.deployment(identity).state is State.SUCCEEDED
    assert receipt.lost and "verify_traffic" in receipt.lost[0] and not receipt.complete
    first, last = (int(next(iter(each.proxies.values())).logs[0].mark.split()[1]) for each in (start, receipt))
    between = (live.folder / "access.log").read_bytes()[first:last].decode().splitlines()
    assert receipt.requests == sum('"bluegreen"' not in line for line in between) > 30


def test_the_record_as_json_has_the_sums(live: Host) -> None:
    ended = live.bluegreen("deploy", "hello", "--ref", "v2", "--json")

    receipt = json.loads(ended.stdout)["receipt"]
    assert receipt["failed"] == 0 and receipt["complete"] is True
    assert {"requests", "probes", "probes_failed", "longest_gap", "slowest"} <= receipt.keys()


def test_a_first_deployment_takes_over_from_nobody_and_has_no_receipt(host: Host) -> None:
    ended = host.bluegreen("deploy", "hello", "--ref", "v1")

    deployment = host.store.live("hello")
    assert "failed" not in ended.stdout and ended.returncode == 0
    assert deployment is not None and deployment.receipt is None
