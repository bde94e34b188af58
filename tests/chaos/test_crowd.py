"""Twenty services, one worker with four threads, all deployed at once: nobody is robbed of what only waits."""

from pathlib import Path

import pytest

from bluegreen.deployment.record import Deployment
from bluegreen.deployment.states import State
from bluegreen.system import environment
from cli.demo.servers import free_port
from tests.e2e.host import Host
from tests.e2e.publish import publish

pytestmark = [pytest.mark.real, pytest.mark.timeout(300)]

SERVICES = [f"crowd{number}" for number in range(20)]
#: seconds until a new version is well
SLOW = 2.0


class Crowd(Host):
    """A host with many services behind one nginx."""

    def configure(self, **changes: object) -> None:
        """One section like the single service's for each of them."""
        super().configure(**changes)
        file = self.folder / "bluegreen.toml"
        one = file.read_text().replace("attempts = 3\n", "attempts = 100\n")
        file.write_text(one + "".join(self._section(one, name) for name in SERVICES))
        (self.folder / "slow.py").write_text(
            f"import time, runpy; time.sleep({SLOW}); runpy.run_module('cli.demo.app', run_name='__main__')\n"
        )

    def _section(self, one: str, name: str) -> str:
        """It differs in name, ports, file and upstream; its site is not asked through the proxy."""
        text = one.replace("services.hello", f"services.{name}")
        for color in ("blue", "green"):
            text = text.replace(f"{color} = {self.ports[color]}", f"{color} = {free_port()}")
        text = text.replace('"-m", "cli.demo.app"', f'"{self.folder}/slow.py"')
        text = text.replace("conf.d/app.inc", f"conf.d/{name}.inc").replace('name = "app"', f'name = "{name}"')
        return "\n".join(line for line in text.splitlines() if not line.startswith("url =")) + "\n"


@pytest.mark.usefixtures("redis")
def test_services_that_share_an_nginx_do_not_set_the_same_twice(tmp_path: Path, redis_url: str) -> None:
    with Crowd(tmp_path, redis_url) as host:
        host.start_nginx()
        host.start_worker()
        for name in SERVICES[:2] * 2:
            ended = host.bluegreen("deploy", name, "--ref", "v1")
            assert ended.returncode == 0, ended.stdout
        # nginx's default answer on the status port is the first service's
        assert [host.store.history(name)[0].from_color for name in SERVICES[:2]] == [None, None]


@pytest.mark.long
@pytest.mark.usefixtures("redis")
def test_twenty_services_at_once(tmp_path: Path, redis_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with Crowd(tmp_path, redis_url) as host:
        host.configure(bake=SLOW)  # a thread of the worker is at each of them for so long
        host.start_nginx()
        host.start_worker()
        records = [host.store.create(name, environment.who(), ref="v1") for name in SERVICES]
        publish(records, redis_url, monkeypatch)

        host.wait_until(lambda: all(host.deployment(each.id).state.final for each in records), 180)

        ended = [host.deployment(each.id) for each in records]
        assert {each.state for each in ended} == {State.SUCCEEDED}, host.worker_log()
        assert [_takeovers(each) for each in ended] == [0] * len(SERVICES), host.worker_log()
        assert {each.epoch for each in ended} == {1}, host.worker_log()


def _takeovers(deployment: Deployment) -> int:
    return sum(entry.takeovers for entry in deployment.phases)
