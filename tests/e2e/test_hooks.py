"""Commands of the config that run around a switch: what they get, what their end does, what is left of them."""

import json
import sys
from pathlib import Path

import psutil
import pytest

from bluegreen.deployment.event import EventKind
from bluegreen.deployment.hooks import HookPoint
from bluegreen.deployment.record import Deployment
from bluegreen.deployment.states import Color, Phase, State
from bluegreen.store import events
from tests.e2e.host import Host

pytestmark = pytest.mark.real


@pytest.fixture
def live(host: Host) -> Host:
    """v1 is live on blue."""
    assert host.deploy("v1")[0] == 0
    return host


def hook(at: str, script: str, **more: object) -> str:
    """A section of the config whose command is this Python."""
    lines = {"at": at, "command": [sys.executable, "-c", script], **more}
    return "\n[[services.hello.hooks]]\n" + "".join(f"{key} = {json.dumps(each)}\n" for key, each in lines.items())


def printed(host: Host, deployment: Deployment) -> str:
    """What programs have printed, by the deployment's events."""
    found = events.read(host.redis, deployment.id)
    return "\n".join(str(each.data["text"]) for each in found if each.kind is EventKind.LOGS)


def is_alive(pid: int) -> bool:
    """Whether the process lives; a zombie does not."""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


ASKS = """
import json, os, urllib.request
said = json.load(urllib.request.urlopen(os.environ["BLUEGREEN_URL"]))
site = json.load(urllib.request.urlopen(os.environ["BLUEGREEN_SITE_URL"]))
print({key: each for key, each in os.environ.items() if key.startswith("BLUEGREEN_")}, os.getcwd())
print("colour", said, "site", site)
"""


@pytest.mark.parametrize("where", ["release", "host"])
def test_before_the_switch_a_hook_can_ask_the_new_colour_and_knows_what_is_deployed(
    live: Host, where: str
) -> None:
    live.configure(hook("before_switch", ASKS, where=where))

    status, deployment = live.deploy("v2")

    assert (status, deployment.state) == (0, State.SUCCEEDED), deployment
    said = printed(live, deployment)
    assert "colour {'color': 'green', 'version': 'v2'} site {'color': 'blue', 'version': 'v1'}" in said
    for name, value in {
        "HOOK": "before_switch",
        "SERVICE": "hello",
        "DEPLOYMENT": deployment.id,
        "COLOR": "green",
        "RELEASE": "v2",
        "REF": "v2",
        "LIVE_COLOR": "blue",
        "LIVE_RELEASE": "v1",
    }.items():
        assert f"'BLUEGREEN_{name}': '{value}'" in said
    assert "REDIS_URL" not in said and str(live.folder) in said


def test_a_hook_that_ends_badly_before_the_switch_undoes_the_deployment(live: Host) -> None:
    script = "print('x' * 70_000 + ' https://ann:s3cret@host/ no cart'); raise SystemExit(3)"
    live.configure(hook("before_switch", script))
    before = live.proxy_workers()

    with live.load() as load:
        status, deployment = live.deploy("v2")

    assert (status, deployment.state) == (1, State.ROLLED_BACK)
    assert deployment.error is not None and deployment.error.phase is Phase.HEALTH_CHECK
    assert "the hook before_switch failed: " in deployment.error.what and "status 3" in deployment.error.what
    assert deployment.error.saw.endswith("https://***@host/ no cart") and len(deployment.error.saw) < 5000
    said = printed(live, deployment)
    assert 60_000 < len(said) < 70_000 and "s3cret" not in said
    assert load.dropped() == [] and load.versions() == ["v1"] and live.proxy_workers() == before
    assert not live.is_running(Color.GREEN)
    assert "the hook before_switch failed" in live.bluegreen("explain", deployment.id).stdout


def test_a_rollback_runs_no_hook(live: Host) -> None:
    assert live.deploy("v2")[0] == 0
    live.configure(hook("before_switch", "raise SystemExit(3)"))

    assert live.bluegreen("rollback", "hello").returncode == 0


def test_a_hook_that_hangs_is_ended_with_all_that_it_has_started(live: Host, tmp_path: Path) -> None:
    forks = (
        "import os, subprocess, sys, time; print('it begins', flush=True); "
        "code = 'import time; time.sleep(60)'; "
        f"child = subprocess.Popen([sys.executable, '-c', code], start_new_session=True); "
        f"open({str(tmp_path / 'pid')!r}, 'w').write(str(child.pid)); time.sleep(60)"
    )
    live.configure(hook("before_switch", forks, timeout=2))

    status, deployment = live.deploy("v2")

    assert status == 1 and deployment.error is not None
    assert deployment.error.what == "the hook before_switch did not end within 2 s"
    assert "it begins" in deployment.error.saw
    live.wait_until(lambda: not is_alive(int((tmp_path / "pid").read_text())))


def check(path: str = "/", **more: object) -> str:
    """A section of the config."""
    lines = {"path": path, **more}
    return "\n[[services.hello.checks]]\n" + "".join(
        f"{key} = {json.dumps(each)}\n" for key, each in lines.items()
    )


def test_checks_ask_the_new_colour_before_the_switch_and_the_site_after_it(live: Host) -> None:
    live.configure(check(expect_body="green") + check("/health") + check(expect_body="v1", at=["before_switch"]))
    before = live.proxy_workers()

    status, deployment = live.deploy("v2")

    assert status == 1 and deployment.error is not None and deployment.error.phase is Phase.HEALTH_CHECK
    assert deployment.error.what == "the check before_switch GET / failed: its body has no 'v1'"
    assert '"version": "v2"' in deployment.error.saw and live.proxy_workers() == before
    live.configure(check(expect_body="green") + check("/health"))
    status, deployment = live.deploy("v2")
    assert status == 0, deployment
    shown = live.bluegreen("watch", deployment.id).stdout
    assert "2 checks before_switch passed" in shown and "2 checks after_switch passed" in shown


def test_a_check_of_the_site_that_fails_gives_the_traffic_back(live: Host) -> None:
    live.configure(check(expect_body="v1", at=["after_switch"]))
    with live.load() as load:
        status, deployment = live.deploy("v2")

    assert status == 1 and deployment.error is not None and deployment.error.phase is Phase.VERIFY_TRAFFIC
    assert "the check after_switch GET / failed" in deployment.error.what
    assert live.url in deployment.error.saw and "takes the traffic back" in deployment.error.advice
    assert live.answer()["version"] == "v1" and load.dropped() == []


def test_after_the_switch_a_hook_asks_the_site_while_the_new_version_is_watched(live: Host) -> None:
    live.configure(hook("after_switch", ASKS))

    status, deployment = live.deploy("v2")

    assert status == 0, deployment
    said = printed(live, deployment)
    assert "colour {'color': 'green', 'version': 'v2'} site {'color': 'green', 'version': 'v2'}" in said


def test_a_hook_that_ends_badly_after_the_switch_rolls_back(live: Host) -> None:
    live.configure(hook("after_switch", "raise SystemExit('no cart')"))

    with live.load() as load:
        status, deployment = live.deploy("v2")

    assert (status, deployment.state) == (1, State.ROLLED_BACK) and deployment.error is not None
    assert deployment.error.phase is Phase.VERIFY_TRAFFIC and deployment.error.saw == "no cart"
    assert live.answer()["version"] == "v1" and load.dropped() == []


def test_a_version_that_dies_while_a_hook_runs_is_rolled_back_and_the_hook_ended(
    live: Host, tmp_path: Path
) -> None:
    begun = tmp_path / "begun"
    script = f"import os, time; open({str(begun)!r}, 'w').write(str(os.getpid())); time.sleep(60)"
    live.configure(hook("after_switch", script))
    identity = live.bluegreen("deploy", "hello", "--ref", "v2", "--detach").stdout.strip()
    live.wait_until(lambda: begun.exists() and begun.read_text() != "")

    live.kill_color(Color.GREEN)

    assert live.bluegreen("watch", identity, "--wait", "30").returncode == 1
    ended = live.deployment(identity)
    assert ended.state is State.ROLLED_BACK and ended.error is not None
    assert "after the switch, " in ended.error.what and not is_alive(int(begun.read_text()))


def test_each_hook_runs_at_its_point_and_before_a_migration_the_database_is_as_it_was(live: Host) -> None:
    log = live.folder / "log"

    def writes(word: str) -> list[str]:
        return [sys.executable, "-c", f"open({str(log)!r}, 'a').write({word + ' '!r})"]

    migrate = f"[services.hello.migrate]\ncommand = {json.dumps(writes('migrate'))}\n"
    hooks = [
        f'[[services.hello.hooks]]\nat = "{at}"\nwhere = "host"\ncommand = {json.dumps(writes(at))}\n'
        for at in ("after_switch", "before_switch", "before_migrate", "before_build")
    ]
    live.configure(migrate + "".join(hooks))

    status, deployment = live.deploy("v2")

    assert status == 0, deployment
    assert log.read_text() == "before_build before_migrate migrate before_switch after_switch "
    assert set(deployment.passed_hooks) == set(HookPoint)
    plan = live.bluegreen("plan", "hello").stdout
    assert plan.index("before_build: ") < plan.index("before_migrate: ") < plan.index("before_switch: ")
    assert "hooks: 4 can be run" in live.bluegreen("doctor").stdout


def test_a_hook_whose_program_is_not_there_is_refused_before_anything_changes(live: Host) -> None:
    live.configure('[[services.hello.hooks]]\nat = "before_switch"\ncommand = ["no-such-program"]\n')

    status, deployment = live.deploy("v2")

    assert status == 1 and deployment.error is not None
    assert deployment.error.phase is Phase.DETERMINE_TARGET
    assert "there is no program no-such-program" in deployment.error.what
    for asked, status in ((["plan", "hello"], 4), (["doctor"], 2)):
        refused = live.bluegreen(*asked)
        assert refused.returncode == status and "no program no-such-program" in refused.stdout + refused.stderr, (
            asked
        )


def test_a_hook_that_prints_without_end_fills_neither_the_disk_nor_the_record(live: Host) -> None:
    script = "import sys; [sys.stdout.write('x' * 99 + '\\n') for _ in range(5_000_000)]; print('the end')"
    live.configure(hook("before_switch", script))

    status, deployment = live.deploy("v2")

    assert status == 0, deployment
    said = printed(live, deployment)
    assert said.endswith("the end") and len(said) < 66_000


@pytest.mark.long
def test_a_hook_that_kills_its_worker_each_time_is_given_up_and_the_deployment_undone(live: Host) -> None:
    live.configure(hook("before_switch", "import os, signal; os.kill(os.getppid(), signal.SIGKILL)"))
    identity = live.bluegreen("deploy", "hello", "--ref", "v2", "--detach").stdout.strip()

    def ended() -> bool:
        worker = live.workers[-1].process
        assert worker is not None
        if worker.poll() is not None:
            live.workers.pop()
            live.start_worker()
        return live.deployment(identity).state.final

    live.wait_until(ended, 120)

    deployment = live.deployment(identity)
    assert deployment.state is State.ROLLED_BACK and deployment.error is not None
    assert deployment.error.phase is Phase.HEALTH_CHECK
    assert live.answer()["version"] == "v1" and not live.is_running(Color.GREEN)


def test_a_worker_that_is_killed_in_a_hook_leaves_it_to_the_next_one(live: Host, tmp_path: Path) -> None:
    begun = tmp_path / "begun"
    script = (
        f"import os, time; again = os.path.exists({str(begun)!r}); "
        f"open({str(begun)!r}, 'a').write(f'{{os.getpid()}} '); time.sleep(0 if again else 60)"
    )
    live.configure(hook("before_switch", script))
    identity = live.bluegreen("deploy", "hello", "--ref", "v2", "--detach").stdout.strip()
    live.wait_until(begun.exists)

    live.kill_worker()
    live.start_worker()

    live.wait_until(lambda: live.deployment(identity).state is State.SUCCEEDED)
    first, _ = map(int, begun.read_text().split())
    assert not is_alive(first)


def test_an_abort_ends_a_hook(live: Host, tmp_path: Path) -> None:
    begun = tmp_path / "begun"
    script = f"import os, time; open({str(begun)!r}, 'w').write(str(os.getpid())); time.sleep(60)"
    live.configure(hook("before_switch", script))
    identity = live.bluegreen("deploy", "hello", "--ref", "v2", "--detach").stdout.strip()
    live.wait_until(lambda: begun.exists() and begun.read_text() != "")

    assert live.bluegreen("abort", identity, "--wait", "30").returncode == 1

    assert live.deployment(identity).state is State.ABORTED
    assert not is_alive(int(begun.read_text()))


def test_what_a_promotion_asks_again_is_the_health_check_and_not_the_hooks(live: Host) -> None:
    live.configure(hook("before_switch", f"open({str(live.folder / 'runs')!r}, 'a').write('x')"))
    identity = live.bluegreen("deploy", "hello", "--ref", "v2", "--hold", "--detach").stdout.strip()
    live.wait_until(lambda: live.deployment(identity).state is State.AWAITING_PROMOTION)

    assert live.bluegreen("promote", identity, "--wait", "30").returncode == 0
    assert (live.folder / "runs").read_text() == "x"
