"""The users of docs/operating.md on a real Redis: worker and client can do their work, and no more than that."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from redis import Redis
from redis.exceptions import NoPermissionError

from cli.demo.servers import free_port, listens, redis_server
from deployment import keys
from deployment.states import State
from deployment.store import Store
from tests.e2e.host import Host

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
    (folder / "users.acl").write_text(RULES[1])
    with redis_server(folder, port) as server:
        server.stop()
        server.arguments += ["--aclfile", str(folder / "users.acl")]
        server.start()
        server.wait_until(lambda: listens(port), "Redis")
        yield port


@pytest.fixture
def host(port: int, tmp_path: Path) -> Iterator[Host]:
    """A deploy host whose worker has the worker's user; commands run as the client's."""
    (tmp_path / "host").mkdir()
    with Host(tmp_path / "host", url("worker", port)) as host:
        host.start_nginx()
        host.start_worker()
        host.env["BLUEGREEN_REDIS_URL"] = url("client", port)
        yield host


@pytest.fixture
def client(port: int) -> Iterator[Redis]:
    with Redis.from_url(url("client", port), decode_responses=True) as client:
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


def test_a_client_can_end_what_nobody_has_begun(client: Redis) -> None:
    store = Store(client)
    overdue = store.create("web", "ann@host", starting_seconds=0)
    ended = store.expire(overdue.id)
    assert ended is not None and ended.state is State.EXPIRED

    assert store.unlock(store.create("web", "ann@host").id, "ann@host")


@pytest.mark.parametrize(
    "command",
    [
        ("CONFIG", "SET", "dir", "/etc"),
        ("ACL", "SETUSER", "bluegreen-client", "+@all"),
        ("EVAL", "return 1", "0"),
        ("FLUSHALL",),
        ("KEYS", "*"),
        ("REPLICAOF", "192.0.2.1", "6379"),
        ("SHUTDOWN",),
        ("MONITOR",),
        ("CLIENT", "KILL", "ID", "1"),
        ("SET", "session:of-another-application", "x"),
        ("GET", "unacked"),
        ("BRPOP", keys.queue("host"), "1"),
        ("PUBLISH", "/0.celery.pidbox", "{}"),
        ("LPUSH", "worker@host.celery.pidbox", "{}"),
    ],
    ids=" ".join,
)
def test_a_client_cannot_do_what_is_none_of_its_affairs(client: Redis, command: tuple[str, ...]) -> None:
    with pytest.raises(NoPermissionError):
        client.execute_command(*command)


def test_what_a_user_may_not_do_is_said_with_the_place_that_tells_its_rights(host: Host, port: int) -> None:
    with Redis.from_url(url("worker", port)) as worker, pytest.raises(NoPermissionError):
        worker.execute_command("ACL", "LIST")
    ended = host.bluegreen("doctor", "--json")

    assert '"verdict": "unknown"' in ended.stdout and "INFO" in ended.stdout


@pytest.mark.parametrize("wrong", ["redis://bluegreen-client:SECRET@", "redis://nobody:SECRET@", "redis://"])
def test_a_wrong_user_or_password_is_told_as_such_at_once_and_not_shown(host: Host, port: int, wrong: str) -> None:
    host.env["BLUEGREEN_REDIS_URL"] = f"{wrong}127.0.0.1:{port}/0"

    for command in ("status", "worker"):
        ended = host.bluegreen(command, timeout=20)

        assert ended.returncode == 2 and re.search("refuses: (WRONGPASS|NOAUTH)", ended.stderr), ended.stderr
        assert "operating.md#users" in ended.stderr and "SECRET" not in ended.stderr
