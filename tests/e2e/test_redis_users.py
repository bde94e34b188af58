"""The users of docs/operating.md on a real Redis: worker and client can do their work, and no more than that."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from redis import Redis
from redis.exceptions import NoPermissionError

from bluegreen.deployment.roles import Role
from bluegreen.deployment.states import State
from bluegreen.store import answers, keys
from bluegreen.store.answers import Ticket
from bluegreen.store.requests import Kind, Promote
from bluegreen.store.roles import KINDS
from cli.demo.servers import free_port, redis_answers, redis_server
from tests.e2e.host import Host
from tests.here import HERE

pytestmark = pytest.mark.real

PAGE = (Path(__file__).parents[2] / "docs" / "operating.md").read_text("utf-8")
RULES = re.search(r"```acl\n(.*?)```", PAGE, re.S)


def url(user: str, port: int) -> str:
    return f"redis://bluegreen-{user}:{user.upper()}-PASSWORD@127.0.0.1:{port}/0"


@pytest.fixture
def port(tmp_path: Path) -> Iterator[int]:
    """A Redis with the users of the page."""
    assert RULES is not None
    folder, port = tmp_path / "redis", free_port()
    folder.mkdir()
    (folder / "users.acl").write_text(RULES[1] + "user admin on >ADMIN ~* &* +@all\n")
    with redis_server(folder, port) as server:
        server.stop()
        server.arguments += ["--aclfile", str(folder / "users.acl")]
        server.start()
        server.wait_until(lambda: redis_answers(port), "Redis")
        yield port


@pytest.fixture
def quiet_host(port: int, tmp_path: Path) -> Iterator[Host]:
    """A deploy host whose worker would have the worker's user."""
    (tmp_path / "host").mkdir()
    with Host(tmp_path / "host", url("worker", port)) as host:
        yield host


@pytest.fixture
def host(quiet_host: Host, port: int) -> Host:
    """The same with the worker running; commands run as the client's."""
    quiet_host.start_nginx()
    quiet_host.start_worker()
    quiet_host.env["BLUEGREEN_REDIS_URL"] = url("all", port)
    return quiet_host


@pytest.fixture
def client(port: int) -> Iterator[Redis]:
    with Redis.from_url(url("all", port), decode_responses=True) as client:
        yield client


def test_a_client_can_do_all_that_a_client_does(host: Host) -> None:
    status, first = host.deploy("v1")
    assert status == 0, first
    assert host.deploy("v2", "--if-busy", "wait")[0] == 0
    assert host.deploy("broken")[0] == 1

    for arguments in (
        ("status",),
        ("history", "hello"),
        ("show", first.id),
        ("explain", first.id),
        ("watch", first.id),
        ("doctor",),
        ("schedule",),
        ("metrics",),
    ):
        ended = host.bluegreen(*arguments)
        assert ended.returncode == 0, f"{arguments}: {ended.stdout}{ended.stderr}{host.worker_log()}"
    assert host.bluegreen("rollback", "hello").returncode == 0
    host.configure(bake=60)
    detached = host.bluegreen("deploy", "hello", "--ref", "v4", "--detach").stdout.strip()
    assert host.bluegreen("abort", detached, "--wait", "30").returncode == 1
    assert "NOPERM" not in host.worker_log() and "no permissions" not in host.worker_log()


def test_a_client_of_one_kind_of_request_can_ask_for_no_other(host: Host, client: Redis, port: int) -> None:
    """Who may roll back and no more: the page's user with one of its keys."""
    restrict(port, Kind.ROLLBACK)

    refused = host.bluegreen("deploy", "hello", "--ref", "v1")

    assert refused.returncode == 2 and "this user of Redis may not send the request deploy" in refused.stderr
    asked = host.bluegreen("rollback", "hello")
    assert asked.returncode == 2 and "no release is known from before" in asked.stderr


def restrict(port: int, *kinds: Kind) -> None:
    """Leave the page's user of all rights these kinds of request."""
    assert RULES is not None
    (line,) = (each for each in RULES[1].splitlines() if "bluegreen-all" in each)
    ends = tuple(f":{kind}" for kind in kinds)
    less = [each for each in line.split()[3:] if not each.startswith("%W") or each.endswith(ends)]
    with Redis(port=port, username="admin", password="ADMIN") as admin:
        admin.execute_command("ACL", "SETUSER", "bluegreen-all", "resetkeys", *less)


def become(host: Host, port: int, role: Role) -> None:
    """From here on commands run as the page's user of that role."""
    host.env["BLUEGREEN_REDIS_URL"] = url(role, port)


def held(host: Host, port: int) -> str:
    """A deployment that one of the role deploy has asked for, and that waits."""
    become(host, port, Role.DEPLOY)
    identity = host.bluegreen("deploy", "hello", "--ref", "v1", "--hold", "--detach").stdout.strip()
    assert host.bluegreen("watch", identity, "--until-promotion").returncode == 6, host.worker_log()
    return identity


@pytest.mark.parametrize("role", list(Role))
def test_each_line_of_the_page_has_the_keys_of_its_role_and_no_others(port: int, role: Role) -> None:
    with Redis.from_url(url(role, port), decode_responses=True) as user:
        for kind in Kind:
            key = keys.requests(HERE.id, kind)
            if kind in KINDS[role]:
                assert user.xadd(key, {"request": "0" * 32, "asked": "{}"})
            else:
                with pytest.raises(NoPermissionError):
                    user.xadd(key, {"request": "0" * 32, "asked": "{}"})
        assert user.get(keys.deployment("none")) is None


def test_who_may_only_look_is_answered_and_can_ask_for_nothing(host: Host, port: int) -> None:
    assert host.deploy("v1")[0] == 0
    become(host, port, Role.LOOK)

    for arguments in (("status",), ("history", "hello"), ("explain", "hello"), ("watch", "hello"), ("metrics",)):
        assert host.bluegreen(*arguments).returncode == 0, arguments
    for kind, arguments in (
        ("deploy", ("deploy", "hello", "--ref", "v2")),
        ("redeploy", ("redeploy", "hello")),
        ("rollback", ("rollback", "hello")),
        ("maintenance", ("maintenance", "on", "hello")),
    ):
        refused = host.bluegreen(*arguments)
        assert refused.returncode == 2, arguments
        assert f"this user of Redis may not send the request {kind}" in refused.stderr


def test_who_deploys_cannot_promote_and_who_promotes_cannot_deploy(host: Host, port: int) -> None:
    identity = held(host, port)

    refused = host.bluegreen("promote", identity)
    assert refused.returncode == 2 and f"{identity} is not for this user of Redis to promote" in refused.stderr
    assert "by the role deploy, and approval.by of hello is promote" in refused.stderr
    assert "the request maintenance" in host.bluegreen("maintenance", "on", "hello").stderr
    assert host.deployment(identity).state is State.AWAITING_PROMOTION

    become(host, port, Role.PROMOTE)
    assert "may not send the request deploy" in host.bluegreen("deploy", "hello", "--ref", "v2").stderr
    assert host.bluegreen("promote", identity, "--wait", "30").returncode == 0
    assert host.bluegreen("maintenance", "on", "hello").returncode == 0
    assert host.bluegreen("maintenance", "off", "hello").returncode == 0


@pytest.mark.parametrize(
    ("by", "refused", "allowed"),
    [("all", [Role.DEPLOY, Role.PROMOTE], Role.ALL), ("deploy", [Role.LOOK], Role.DEPLOY)],
)
def test_the_host_s_config_says_which_role_an_approval_needs(
    host: Host, port: int, by: str, refused: list[Role], allowed: Role
) -> None:
    host.configure(f'[services.hello.approval]\nby = "{by}"\n')
    identity = held(host, port)

    for role in refused:
        become(host, port, role)
        assert host.bluegreen("promote", identity).returncode == 2
        assert host.deployment(identity).state is State.AWAITING_PROMOTION
    become(host, port, allowed)
    assert host.bluegreen("promote", identity, "--wait", "30").returncode == 0


def test_a_promotion_that_is_written_by_hand_is_refused_whatever_it_says_of_itself(host: Host, port: int) -> None:
    identity = held(host, port)
    here = host.store.installation
    asked = Promote(deployment_id=identity, requested_by="the boss")

    with Redis.from_url(url("deploy", port), decode_responses=True) as client:
        for kind in (Kind.PROMOTE, Kind.PROMOTE_AS_ALL):
            with pytest.raises(NoPermissionError):
                client.xadd(keys.requests(here, kind), {"request": "1" * 32, "asked": asked.as_json()})
        # by the key that it has; under that of a deployment; and one that names a role
        forged = asked.as_json().replace("}", ',"role":"all"}')
        for number, (kind, text) in enumerate(
            [(Kind.PROMOTE_AS_DEPLOY, asked.as_json()), (Kind.DEPLOY, asked.as_json()), (Kind.ABORT, forged)]
        ):
            request = f"{number}" * 32
            client.xadd(keys.requests(here, kind), {"request": request, "asked": text})
            answer = answers.read(client, Ticket(kind, request), 10)
            assert answer is not None and answer.error == "UsageError", answer

    assert host.deployment(identity).state is State.AWAITING_PROMOTION


RECORD, EVENTS, LEASE = keys.deployment("web-1"), keys.events("web-1"), keys.lease("web-1")
SERVICE, DEPLOYS = keys.service(HERE.id, "web"), keys.requests(HERE.id, Kind.DEPLOY)
FORGED = [
    # what workers alone write
    ("SET", RECORD, "{}"),
    ("DEL", RECORD),
    ("EXPIRE", RECORD, "1"),
    ("XADD", EVENTS, "*", "kind", "done"),
    ("SET", LEASE, "w@host"),
    ("DEL", LEASE),
    ("HSET", SERVICE, "holder", "web-1"),
    ("HDEL", SERVICE, "holder"),
    ("HINCRBY", SERVICE, "generation", "100"),
    ("RPUSH", keys.history(HERE.id, "web"), "web-1"),
    ("SET", keys.schedule_cursor(HERE.id, "web"), "{}"),
    ("RPUSH", keys.notifications(HERE.id, "web"), "failed web-1"),
    ("HINCRBY", keys.counters(HERE.id, "web"), "requests", "1"),
    ("HSET", keys.owners(), "web", HERE.as_json()),
    ("HSET", keys.workers(), "w@host", "{}"),
    ("HDEL", keys.workers(), "w@host"),
    ("SET", keys.beat(HERE.id), "1@host"),
    ("XADD", keys.answer("deploy", "0" * 32), "*", "answer", "{}"),
    # messages of phases, and of tasks that ask in anybody's name
    ("LPUSH", keys.queue(HERE.id), "{}"),
    ("RPOP", keys.queue(HERE.id)),
    ("BRPOP", keys.queue(HERE.id), "1"),
    ("LPUSH", keys.calls(), "{}"),
    ("SADD", "_kombu.binding.bluegreen", "x"),
    ("GET", "unacked"),
    # requests of others, and of a kind that is not its own
    ("XADD", keys.requests(HERE.id, Kind.SCHEDULE), "*", "asked", "{}"),
    ("DEL", DEPLOYS),
    ("XDEL", DEPLOYS, "1-1"),
    ("XTRIM", DEPLOYS, "MAXLEN", "0"),
    ("XGROUP", "CREATE", DEPLOYS, "g", "0", "MKSTREAM"),
    ("XSETID", DEPLOYS, "9-9"),
    ("EXPIRE", DEPLOYS, "1"),
    # other ways to the same
    ("RENAME", DEPLOYS, RECORD),
    ("COPY", DEPLOYS, RECORD),
    ("RESTORE", RECORD, "0", "x"),
    ("MOVE", RECORD, "1"),
    ("GETDEL", RECORD),
    ("EVAL", "return redis.call('set', KEYS[1], '{}')", "1", RECORD),
    ("MULTI",),
    ("WATCH", RECORD),
    ("SUBSCRIBE", "/0.celery.pidbox"),
    ("PUBLISH", "/0.celery.pidbox", "{}"),
    ("PUBLISH", "/0.celeryev/worker.heartbeat", "{}"),
    ("LPUSH", "worker@host.celery.pidbox", "{}"),
    # Redis itself, and what is not ours
    ("CONFIG", "SET", "dir", "/etc"),
    ("ACL", "SETUSER", "bluegreen-all", "+@all"),
    ("FLUSHALL",),
    ("KEYS", "*"),
    ("SCAN", "0"),
    ("REPLICAOF", "192.0.2.1", "6379"),
    ("SHUTDOWN",),
    ("MONITOR",),
    ("CLIENT", "KILL", "ID", "1"),
    ("FUNCTION", "LIST"),
    ("SET", "session:of-another-application", "x"),
    ("GET", "session:of-another-application"),
]


@pytest.mark.parametrize("command", FORGED, ids=" ".join)
def test_what_a_stolen_client_credential_was_tried_with(client: Redis, command: tuple[str, ...]) -> None:
    """All that it can write is a request; what may stand in one, `tests/workflows/test_requests.py` tries."""
    with pytest.raises(NoPermissionError):
        client.execute_command(*command)


def test_a_flood_of_what_is_no_request_does_not_keep_a_deployment_from_its_way(host: Host, client: Redis) -> None:
    here = host.store.installation
    for kind in (Kind.DEPLOY, Kind.ROLLBACK, Kind.ABORT, Kind.UNLOCK, Kind.PROMOTE_AS_ALL, Kind.MAINTENANCE):
        client.xadd(keys.requests(here, kind), {"x": "y"}, id="18446744073709551615-18446744073709551615")
    pipe = client.pipeline(transaction=False)
    for _ in range(200):
        pipe.xadd(keys.requests(here, Kind.ABORT), {"asked": "{}"})
    pipe.execute(raise_on_error=False)

    assert host.deploy("v1")[0] == 0

    host.wait_until(lambda: not client.exists(*(keys.requests(here, each) for each in Kind)))


def test_what_a_user_may_not_do_is_said_with_the_place_that_tells_its_rights(host: Host, port: int) -> None:
    with Redis.from_url(url("worker", port)) as worker, pytest.raises(NoPermissionError):
        worker.execute_command("ACL", "LIST")
    ended = host.bluegreen("doctor", "--json")

    assert '"verdict": "unknown"' in ended.stdout and "INFO" in ended.stdout


@pytest.mark.parametrize("wrong", ["redis://bluegreen-all:SECRET@", "redis://nobody:SECRET@", "redis://"])
def test_a_wrong_user_or_password_is_told_as_such_at_once_and_not_shown(
    quiet_host: Host, port: int, wrong: str
) -> None:
    quiet_host.env["BLUEGREEN_REDIS_URL"] = f"{wrong}127.0.0.1:{port}/0"

    for command in ("status", "worker"):
        ended = quiet_host.bluegreen(command, timeout=20)

        assert ended.returncode == 2 and re.search("refuses: (WRONGPASS|NOAUTH)", ended.stderr), ended.stderr
        assert "operating.md#users" in ended.stderr and "SECRET" not in ended.stderr
