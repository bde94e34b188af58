"""A new version that whoever asks for it reaches through the proxy, before the switch, and nobody else."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection, HTTPException
from itertools import groupby
from pathlib import Path
from threading import Event, Thread

import pytest
import requests

from bluegreen import http
from bluegreen.deployment.states import Color, Phase, PhaseState, State
from cli.demo import app
from tests.chaos import arena
from tests.e2e.damage import file_of
from tests.e2e.host import Host
from tests.e2e.load import Load
from tests.e2e.previewed import HEADER, PREVIEW, PreviewedHost
from tests.e2e.test_promotion import hold
from tests.receiver import Receiver

pytestmark = pytest.mark.real


@pytest.fixture(params=[True, pytest.param(False, marks=pytest.mark.long)], ids=["asked", "not asked"])
def live(tmp_path: Path, redis_url: str, redis: object, request: pytest.FixtureRequest) -> Iterator[PreviewedHost]:
    """v1 is live on blue, through an nginx that can be asked what it serves, or cannot."""
    kind = type("Asked", (PreviewedHost,), {"is_asked": request.param})
    with kind(tmp_path, redis_url) as host:
        host.start_nginx()
        host.start_worker()
        assert host.deploy("v1")[0] == 0, host.worker_log()
        yield host


def test_whoever_has_the_secret_reaches_the_new_version_and_nobody_else(live: PreviewedHost) -> None:
    with Load(f"{live.url}/", live.folder, rate=60) as load:
        identity = hold(live)
        asks = live.asks(identity)

        assert live.preview(asks) == {"color": "green", "version": "v2"}
        for other in (
            {},
            {"X-Preview": "1"},
            {"X-Preview": asks["X-Preview"][:-1]},
            {"Cookie": f"X-Preview={asks}"},
        ):
            assert live.preview(other)["version"] == "v1", other
        seen = len(load.lines())
        load.wait_for(lambda lines: len(lines) > seen + 60)
        assert load.versions() == ["v1"]
        assert live.bluegreen("promote", identity, "--wait", "30").returncode == 0
        load.wait_for_version("v2")

    assert load.dropped() == []
    ended = live.deployment(identity)
    assert ended.state is State.SUCCEEDED and ended.preview is None
    assert "preview" not in (live.folder / "conf.d" / "app.inc").read_text()
    assert live.preview(asks)["version"] == "v2"


def test_an_abort_takes_it_back_and_the_header_reaches_the_old_version(live: PreviewedHost) -> None:
    before = (live.folder / "conf.d" / "app.inc").read_text()
    identity = hold(live)
    asks = live.asks(identity)
    assert live.preview(asks)["version"] == "v2"

    assert live.bluegreen("abort", identity, "--wait", "30").returncode == 1

    ended = live.deployment(identity)
    assert ended.state is State.ABORTED and not live.is_running(Color.GREEN), ended
    assert ended.last_look is not None and ended.last_look.serves
    assert live.preview(asks)["version"] == "v1"
    after = (live.folder / "conf.d" / "app.inc").read_text()
    assert [line for line in after.splitlines() if "epoch" not in line] == [
        line for line in before.splitlines() if "epoch" not in line
    ]


def held_before(host: PreviewedHost, settings: str) -> str:
    host.configure(f"{PREVIEW}{settings}\n")
    return hold(host)


def test_a_cookie_asks_for_it(live: PreviewedHost) -> None:
    identity = held_before(live, 'cookie = "look"')
    ((name, secret),) = live.asks(identity).items()

    assert live.preview({"Cookie": f"a=b; {name}={secret}; c=d"})["version"] == "v2"
    for cookie in (f"{name}=1", f"{name}={secret}x", f"other={secret}"):
        assert live.preview({"Cookie": cookie})["version"] == "v1", cookie


def test_a_link_brings_the_cookie_and_leads_to_the_site(live: PreviewedHost) -> None:
    identity = held_before(live, 'cookie = "look"')
    ((name, secret),) = live.asks(identity).items()
    link = f"{live.url}/.bluegreen/preview/{secret}"
    assert f"to look at it: {link}\n" in live.bluegreen("status", "hello").stdout

    opened = requests.get(link, timeout=5)

    assert opened.history[0].headers["Location"] == "/" and opened.url == f"{live.url}/"
    assert opened.json()["version"] == "v2" and opened.history[0].cookies[name] == secret
    assert secret not in (live.folder / "access.log").read_text(), "nothing of it is logged"
    assert live.bluegreen("promote", identity, "--wait", "30").returncode == 0
    assert requests.get(link, timeout=5, allow_redirects=False).status_code == 200, "the application's own answer"


def test_a_host_name_asks_for_it_and_is_shown_as_a_link(live: PreviewedHost) -> None:
    identity = held_before(live, 'host = "preview.example.org"')
    port = live.ports["site"]

    assert live.preview({}, f"preview.example.org:{port}")["version"] == "v2"
    assert live.preview({}, "www.example.org")["version"] == live.answer()["version"] == "v1"
    shown = live.bluegreen("show", identity).stdout
    assert f"to look at it: http://preview.example.org:{port}/" in shown


def test_a_value_of_the_host_is_shown_nowhere(live: PreviewedHost) -> None:
    value = "only-this-host-knows"
    identity = held_before(live, f'header = "X-Preview"\nvalue = "{value}"')

    assert live.preview({"X-Preview": value})["version"] == "v2"
    for command in (("show", identity, "--json"), ("plan", "hello"), ("status", "hello"), ("explain", identity)):
        said = live.bluegreen(*command)
        assert said.returncode == 0 and value not in said.stdout + said.stderr, command
    assert value not in live.deployment(identity).as_json()


def test_all_that_speaks_of_a_deployment_that_waits_says_how_to_look(live: PreviewedHost) -> None:
    with Receiver() as receiver:
        live.configure(f'{HEADER}[[notifications]]\nurl = "{receiver.url}"\non = ["awaiting_promotion"]\n')
        identity = hold(live)
        live.wait_until(lambda: len(receiver.got) == 1)
    how = f"curl -H 'X-Preview: {live.asks(identity)['X-Preview']}' {live.url}"

    for command in (("show", identity), ("status", "hello"), ("explain", identity)):
        assert how in live.bluegreen(*command).stdout, command
    watched = live.bluegreen("watch", identity, "--until-promotion").stdout
    assert watched.count(f"to look at it: {how}") == 2, "as an event, and as the end"
    assert how in receiver.texts()[0]
    assert 'bluegreen_preview_open{service="hello"} 1.0' in live.bluegreen("metrics").stdout


def test_requests_on_kept_connections_stay_where_they_belong(live: PreviewedHost) -> None:
    asks: dict[str, str] = {}
    with Kept(live, {}) as user, Kept(live, asks) as previewer:
        identity = hold(live)
        asks |= live.asks(identity)
        live.wait_until(lambda: previewer.versions[-1] == "v2")
        assert live.bluegreen("abort", identity, "--wait", "60").returncode == 1
        live.wait_until(lambda: previewer.versions[-1] == "v1")

    assert set(user.versions) == {"v1"} and not user.errors
    assert [version for version, _ in groupby(previewer.versions)] == ["v1", "v2", "v1"] and not previewer.errors


class Kept(Thread):
    """One who asks again and again on one connection, and opens it again only where it was said to be closed."""

    def __init__(self, host: PreviewedHost, headers: dict[str, str]) -> None:
        super().__init__()
        self.headers, self.versions, self.errors = headers, list[str](), list[str]()
        self._connection = HTTPConnection("127.0.0.1", host.ports["site"], timeout=10)
        self._over = Event()

    def run(self) -> None:
        while not self._over.wait(0.02):
            try:
                self._connection.request("GET", "/", headers=dict(self.headers))
                answer = self._connection.getresponse()
                self.versions.append(json.loads(answer.read())["version"])
            except (OSError, HTTPException, ValueError) as error:
                self.errors.append(repr(error))
                self._connection.close()

    def __enter__(self) -> "Kept":
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self.join()
        self._connection.close()


def hold_answers(host: PreviewedHost) -> None:
    """Afterwards versions hold what is asked for at /held until the file `let-go` is there."""
    file, held = host.folder / "bluegreen.toml", f'"{Path(arena.__file__).with_name("app.py")}", "{host.folder}"'
    file.write_text(file.read_text().replace(f'"{app.__file__}"', held))


def test_what_a_preview_is_answered_is_no_failure_of_users_or_of_the_bake(live: PreviewedHost) -> None:
    live.configure(HEADER, bake="3\nmax_failure_rate = 0.01\nmin_requests = 1")
    hold_answers(live)
    identity = hold(live, "v2-flaky")
    asks = {**live.asks(identity), "User-Agent": "a person's"}  # else it counts as a probe of ours
    for _ in range(30):
        assert http.get(live.url, 5, headers=asks).status == 500, "through the proxy it fails"

    with ThreadPoolExecutor(1) as pool:  # and one that is under way when users come
        held = pool.submit(http.get, f"{live.url}/held", 60, None, asks)
        assert live.bluegreen("promote", identity).returncode == 0
        live.wait_until(lambda: live.phase_state(identity, Phase.VERIFY_TRAFFIC) is PhaseState.RUNNING)
        (live.folder / "let-go").touch()
        assert held.result().status == 500
        live.wait_until(lambda: live.deployment(identity).state.final)

    assert live.deployment(identity).state is State.SUCCEEDED, live.worker_log()

    receipt = live.deployment(identity).receipt
    assert receipt is not None and receipt.failed == 0 and receipt.counted.of(Color.GREEN).total == 0
    assert receipt.probes > 0 and receipt.complete, receipt


def test_a_time_out_takes_it_back(live: PreviewedHost) -> None:
    live.configure(f"{HEADER}[services.hello.approval]\nrequired = true\ntimeout = 1\n")

    status, ended = live.deploy("v2")

    assert (status, ended.state, ended.preview) == (1, State.ROLLED_BACK, None)
    assert "preview" not in file_of(live).read_text()


def test_a_file_that_is_damaged_meanwhile_is_repaired_with_its_preview(live: PreviewedHost) -> None:
    identity = hold(live)
    assert live.bluegreen("doctor").stdout.count("are as they were left") == 1
    file_of(live).write_text("set $service_url http://127.0.0.1:1;\n")

    repaired = live.bluegreen("repair", "hello")

    assert repaired.returncode == 0 and "leads to blue" in repaired.stdout, repaired
    live.wait_until(lambda: live.preview(live.asks(identity))["version"] == "v2")
    assert live.answer()["version"] == "v1"


def test_one_that_was_unlocked_is_named_and_closed(live: PreviewedHost) -> None:
    identity = hold(live)
    asks = live.asks(identity)
    assert live.bluegreen("unlock", "hello", "--yes").returncode == 0
    assert "its preview was never closed" in live.bluegreen("show", identity).stdout
    assert "has a preview that is over" in live.bluegreen("doctor").stdout

    assert live.bluegreen("repair", "hello").returncode == 0

    live.wait_until(lambda: live.preview(asks)["version"] == "v1")
    assert live.deploy("v3")[0] == 0


def test_it_outlives_nginx_and_a_worker(live: PreviewedHost) -> None:
    identity = hold(live)
    live.kill_worker()
    live.nginx.stop()
    live.start_nginx()

    assert live.preview(live.asks(identity))["version"] == "v2" and live.answer()["version"] == "v1"
    live.start_worker()
    assert live.bluegreen("promote", identity, "--wait", "30").returncode == 0


def test_an_upstream_is_refused_by_all_that_look_and_nothing_is_changed(host: Host) -> None:
    assert host.deploy("v1")[0] == 0
    host.configure(HEADER)
    before, workers = file_of(host).read_text(), host.proxy_workers()

    status, ended = host.deploy("v2")

    assert (status, ended.state) == (1, State.ROLLED_BACK) and ended.error is not None
    assert ended.error.phase is Phase.DETERMINE_TARGET and 'template = "variable"' in ended.error.advice
    assert "proxy_pass $service_url;" in ended.error.advice
    assert (file_of(host).read_text(), host.proxy_workers()) == (before, workers)
    for command in (("plan", "hello"), ("doctor",)):
        refused = host.bluegreen(*command)
        assert refused.returncode != 0 and "proxy_pass $service_url;" in refused.stdout + refused.stderr, refused
    assert host.bluegreen("deploy", "hello", "--ref", "v2").returncode == 1
    host.configure()
    assert host.deploy("v2")[0] == 0
    host.configure(HEADER)
    assert host.bluegreen("rollback", "hello").returncode == 0, "it needs no preview"


def test_before_the_first_version_users_get_what_they_got(tmp_path: Path, redis_url: str, redis: object) -> None:
    with PreviewedHost(tmp_path, redis_url) as host:
        host.start_nginx()
        host.start_worker()
        identity = hold(host, "v1")

        assert host.preview(host.asks(identity))["version"] == "v1"
        assert http.get(host.url, 5).status == 502
        assert host.bluegreen("abort", identity, "--wait", "30").returncode == 1
        assert "preview" not in file_of(host).read_text()
        identity = hold(host, "v2")
        assert host.bluegreen("promote", identity, "--wait", "30").returncode == 0
        assert host.answer()["version"] == "v2"
