"""The whole thread: a client, Redis, a worker, nginx, and an application, while requests keep coming."""

import json
import socket
import sys
from hashlib import sha256

import pytest

from bluegreen.deployment.states import Color, Phase, PhaseState, State
from bluegreen.deployment.transitions import Step
from nginx.file.marker import parse
from tests.e2e.host import Host

pytestmark = pytest.mark.real

MIGRATE = """
[services.hello.migrate]
command = ["{python}", "-c", "{code}"]
"""


@pytest.fixture
def live(host: Host) -> Host:
    """The host with v1 live on blue."""
    status, deployment = host.deploy("v1")
    assert status == 0, deployment
    return host


def test_the_first_deployment_goes_live_on_an_empty_host(host: Host) -> None:
    status, deployment = host.deploy("v1")

    assert (status, deployment.state) == (0, State.SUCCEEDED), deployment
    assert (deployment.from_color, deployment.to_color) == (None, Color.BLUE)
    assert host.answer() == {"color": "blue", "version": "v1"}


def test_a_first_deployment_waits_until_nginx_knows_nothing_but_the_new_version(host: Host) -> None:
    with socket.create_connection(("127.0.0.1", host.ports["site"])) as kept:
        kept.sendall(b"GET /")  # a worker from before cannot end yet
        deployment_id = host.bluegreen("deploy", "hello", "--ref", "v1", "--detach").stdout.strip()
        cleanup = Phase.CLEANUP_OLD_VERSION
        host.wait_until(lambda: host.phase_state(deployment_id, cleanup) is PhaseState.RUNNING)

    host.wait_until(lambda: host.deployment(deployment_id).state is State.SUCCEEDED)


def test_the_record_tells_how_long_the_last_requests_were_waited_for(live: Host) -> None:
    live.configure(bake=0)
    with live.load() as load:
        load.wait_for_version("v1")
        _, deployment = live.deploy("v2")

    assert deployment.drain_seconds is not None
    assert 0 < deployment.drain_seconds < deployment.seconds


def test_blue_to_green_to_blue_drops_no_request(live: Host) -> None:
    with live.load() as load:
        for ref, color in (("v2", "green"), ("v3", "blue")):
            status, deployment = live.deploy(ref)
            assert status == 0, deployment
            assert live.answer() == {"color": color, "version": ref}
        load.wait_for_version("v3")

    assert load.dropped() == []
    assert load.versions() == ["v1", "v2", "v3"], "an old version answered after a new one had taken over"


@pytest.mark.parametrize(
    ("ref", "what", "saw"),
    [
        pytest.param("deaf", "did not get healthy", "Connection refused", marks=pytest.mark.long),
        ("broken", "did not get healthy", "500: Internal Server Error: the database schema is from yesterday"),
        pytest.param("crash", "the new version died", "cannot connect to the database", marks=pytest.mark.long),
    ],
)
def test_a_release_that_does_not_prove_itself_is_rolled_back(live: Host, ref: str, what: str, saw: str) -> None:
    before = live.proxy_workers()
    with live.load() as load:
        status, deployment = live.deploy(ref)

    assert (status, deployment.state) == (1, State.ROLLED_BACK)
    assert deployment.error is not None and deployment.error.phase is Phase.HEALTH_CHECK
    assert what in deployment.error.what and saw in deployment.error.saw
    assert load.dropped() == [] and load.versions() == ["v1"]
    assert live.proxy_workers() == before, "nginx was reloaded though nothing was switched"
    assert not live.is_running(Color.GREEN)


def test_a_release_that_crashes_at_start_is_not_waited_for(live: Host) -> None:
    live.configure(attempts=10, interval=10)

    status, deployment = live.deploy("crash")

    health = deployment.phase_record(Phase.HEALTH_CHECK)
    assert status == 1 and health is not None and health.attempts == 1


def test_a_proxy_file_that_nginx_refuses_leaves_everything_as_it_was(live: Host) -> None:
    (live.folder / "conf.d" / "taken.inc").write_text("upstream taken { server 127.0.0.1:1; }\n")
    live.configure(upstream="taken")
    file = live.folder / "conf.d" / "app.inc"
    before = parse(file.read_text())
    with live.load() as load:
        status, deployment = live.deploy("v2")

    assert (status, deployment.state) == (1, State.ROLLED_BACK), deployment
    assert deployment.error is not None and deployment.error.phase is Phase.SWITCH_TRAFFIC
    assert 'duplicate upstream "taken"' in deployment.error.saw
    assert load.dropped() == [] and load.versions() == ["v1"]
    after = parse(file.read_text())
    assert before is not None and after is not None
    assert (after.color, after.release) == (before.color, before.release)
    assert after.order > before.order, "a worker that was fenced out could still write"
    assert "upstream app {" in file.read_text()


def test_a_release_that_dies_between_switch_and_cleanup_gives_the_traffic_back(live: Host) -> None:
    live.configure(bake=20)
    identity = live.bluegreen("deploy", "hello", "--ref", "v2", "--detach").stdout.strip()
    live.wait_until(lambda: live.phase_state(identity, Phase.SWITCH_TRAFFIC) is PhaseState.DONE)

    live.kill_color(Color.GREEN)

    ended = live.bluegreen("watch", identity)
    deployment = live.deployment(identity)
    assert (ended.returncode, deployment.state) == (1, State.ROLLED_BACK), ended.stdout
    assert deployment.error is not None and deployment.error.phase is Phase.VERIFY_TRAFFIC
    assert live.answer() == {"color": "blue", "version": "v1"}


def test_a_record_has_a_hash_of_the_proxy_s_file_and_a_forged_one_brings_no_text_into_it(live: Host) -> None:
    live.configure(bake=30)
    identity = live.bluegreen("deploy", "hello", "--ref", "v2", "--detach").stdout.strip()
    live.wait_until(lambda: live.phase_state(identity, Phase.SWITCH_TRAFFIC) is PhaseState.DONE)
    deployment = live.deployment(identity)
    assert "server " not in deployment.as_json() and deployment.previous_files
    forged = dict.fromkeys(deployment.previous_files, sha256(b"upstream app { server 192.0.2.1; }").hexdigest())

    changed = live.store.change(identity, lambda found, _: (None, Step(found.with_(previous_files=forged))))
    assert changed is not None and changed[1] is not None
    live.bluegreen("abort", identity)

    assert live.bluegreen("watch", identity).returncode == 1
    assert live.answer() == {"color": "blue", "version": "v1"}
    assert list((live.state_of() / "proxies" / "saved").iterdir()) == []


def test_a_rollback_brings_the_release_before_back(live: Host) -> None:
    live.deploy("v2")
    with live.load() as load:
        ended = live.bluegreen("rollback", "hello", "--json")
        load.wait_for_version("v1")

    deployment = json.loads(ended.stdout)
    assert (ended.returncode, deployment["kind"], deployment["state"]) == (0, "rollback", "succeeded"), (
        ended.stderr
    )
    assert live.answer() == {"color": "blue", "version": "v1"}
    assert load.dropped() == []


def test_migrations_run_before_the_new_version_and_stop_a_deployment_when_they_fail(live: Host) -> None:
    live.configure(MIGRATE.format(python=sys.executable, code="print('added a column')"))
    status, deployment = live.deploy("v2")
    assert status == 0 and deployment.migrated

    live.configure(MIGRATE.format(python=sys.executable, code="raise SystemExit('duplicate column')"))
    with live.load() as load:
        status, deployment = live.deploy("v3")

    assert (status, deployment.started) == (1, False)
    assert deployment.error is not None and "duplicate column" in deployment.error.saw
    assert "The database stays as far as they got" in deployment.error.advice
    assert load.dropped() == [] and load.versions() == ["v2"]
    assert not live.is_running(Color.BLUE)


def test_a_program_for_migrations_that_is_not_there_is_no_migration_to_fix(live: Host) -> None:
    live.configure('[services.hello.migrate]\ncommand = ["no-such-program"]\n')

    status, deployment = live.deploy("v2")

    assert status == 1 and deployment.error is not None and "no-such-program" in deployment.error.what
    assert "Fix the migration" not in deployment.error.advice and "database" not in deployment.error.advice


def test_a_second_deployment_is_refused_while_one_runs(live: Host) -> None:
    live.configure(attempts=20)
    first = live.bluegreen("deploy", "hello", "--ref", "deaf", "--detach").stdout.strip()

    second = live.bluegreen("deploy", "hello", "--ref", "v3")

    assert second.returncode == 3
    assert first in second.stderr and f"bluegreen watch {first}" in second.stderr
    assert live.bluegreen("abort", first).returncode == 0
    assert live.bluegreen("watch", first).returncode == 1
    assert live.deployment(first).state is State.ABORTED
    assert live.answer()["version"] == "v1"


def test_a_port_in_use_is_refused_before_anything_is_started(live: Host) -> None:
    with socket.create_server(("127.0.0.1", live.ports["green"])):
        status, deployment = live.deploy("v2")

    assert status == 1 and deployment.error is not None
    assert deployment.error.phase is Phase.DETERMINE_TARGET
    assert f"port {live.ports['green']} is in use" in deployment.error.what
    assert deployment.phase_record(Phase.DEPLOY_NEW_VERSION) is None


def test_nginx_away_is_an_error_before_anything_is_started(live: Host) -> None:
    live.nginx.stop()

    status, deployment = live.deploy("v2")

    assert status == 4 and deployment.error is not None and deployment.last_look is not None
    assert "is not running" in deployment.error.what
    assert "the old version does not serve (" in deployment.last_look.what
    assert deployment.phase_record(Phase.DEPLOY_NEW_VERSION) is None


def test_colours_outlive_the_worker(live: Host) -> None:
    live.kill_worker()

    assert live.answer()["version"] == "v1"


def test_plain_lines_elsewhere_and_the_record_afterwards(live: Host) -> None:
    ended = live.bluegreen("deploy", "hello", "--ref", "broken")

    assert "\x1b" not in ended.stdout
    assert "the database schema is from yesterday" in ended.stdout
    status = json.loads(live.bluegreen("status", "hello", "--json").stdout)
    assert (status["live"]["color"], status["live"]["release"]) == ("blue", "v1")
    history = json.loads(live.bluegreen("history", "hello", "--json").stdout)
    assert [deployment["state"] for deployment in history] == ["succeeded", "rolled_back"]
    shown = json.loads(live.bluegreen("show", history[1]["id"], "--json").stdout)
    assert [phase["name"] for phase in shown["phases"]][-1] == "remove_new_version"
    assert "deploy.switch_traffic" in live.bluegreen("plan", "hello").stdout


def test_the_lost_redis_counts_on_from_what_the_proxies_say(live: Host) -> None:
    live.deploy("v2")
    live.redis.flushdb()
    live.wait_until(lambda: live.redis.exists("bluegreen:hosts") == 1)

    status, deployment = live.deploy("v3")

    assert status == 0, deployment
    assert (deployment.from_color, deployment.to_color) == (Color.GREEN, Color.BLUE)
    assert deployment.generation > 2
    assert live.answer() == {"color": "blue", "version": "v3"}


@pytest.mark.long
def test_a_rollback_that_cannot_restore_leaves_users_where_they_are(live: Host) -> None:
    live.configure(bake=30)
    identity = live.bluegreen("deploy", "hello", "--ref", "v2", "--detach").stdout.strip()
    live.wait_until(lambda: live.phase_state(identity, Phase.SWITCH_TRAFFIC) is PhaseState.DONE)
    broken = live.folder / "conf.d" / "somebody-elses.inc"
    broken.write_text("nonsense;\n")

    with live.load() as load:
        live.bluegreen("abort", identity)
        ended = live.bluegreen("watch", identity)

    deployment = live.deployment(identity)
    assert (ended.returncode, deployment.state) == (4, State.FAILED), ended.stdout
    assert load.dropped() == [] and live.answer() == {"color": "green", "version": "v2"}
    assert "A person is needed" in live.bluegreen("explain", identity).stdout

    broken.unlink()
    live.configure()
    shown = json.loads(live.bluegreen("status", "hello", "--json").stdout)["live"]
    assert (shown["color"], shown["release"], shown["source"]) == ("green", "v2", "nginx")
    elsewhere = json.loads(live.bluegreen("status", "hello", "--json", config=False).stdout)["live"]
    assert (elsewhere["release"], elsewhere["failed_since"]) == ("v1", identity)
    assert live.bluegreen("rollback", "hello").returncode == 0
    assert live.answer() == {"color": "blue", "version": "v1"}, "the one before what nginx served"
    status, deployment = live.deploy("v3")
    assert (status, deployment.from_color, live.answer()["version"]) == (0, Color.BLUE, "v3")


def test_what_is_put_back_is_what_was_served_not_what_a_stale_file_says(live: Host) -> None:
    file = live.folder / "conf.d" / "app.inc"
    stale = file.read_text().replace('"color":"blue"', '"color":"green"')
    file.write_text(stale.replace(f":{live.ports['blue']};", f":{live.ports['green']};"))
    live.configure(bake=30)
    identity = live.bluegreen("deploy", "hello", "--ref", "v2", "--detach").stdout.strip()
    live.wait_until(lambda: live.phase_state(identity, Phase.SWITCH_TRAFFIC) is PhaseState.DONE)

    live.bluegreen("abort", identity)
    ended = live.bluegreen("watch", identity)

    assert (ended.returncode, live.deployment(identity).state) == (1, State.ABORTED), ended.stdout
    assert live.answer() == {"color": "blue", "version": "v1"}
