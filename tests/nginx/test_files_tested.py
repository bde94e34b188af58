"""When nginx tests its files: before a reload, or at the reload alone."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bluegreen.deployment.cancellation import NeverCancelled
from bluegreen.deployment.errors import FilesRefused, ProxyRefused
from bluegreen.deployment.machine import Output
from bluegreen.deployment.states import Color
from cli.demo.servers import Server, free_port
from nginx.proxy import Proxy
from nginx.switch import prepare
from tests.nginx.turning import marker, turn

pytestmark = pytest.mark.real


def test_a_single_nginx_that_reads_the_file_tests_it_as_it_reloads(
    server: Server, make_proxy: Callable[..., Proxy], allowed: NeverCancelled, monkeypatch: pytest.MonkeyPatch
) -> None:
    turn([make_proxy(status_port=(port := free_port()))], marker(), allowed)
    proxy = make_proxy(status_port=port)
    proxy.capabilities()
    commands = recorded(proxy, monkeypatch)

    turn([proxy], marker(Color.BLUE, generation=2), allowed)
    before, workers = proxy.file.read(), proxy.workers().keys()
    refused = marker(Color.GREEN, generation=3)
    text = f"# bluegreen: {refused.as_json()}\nupstream app {{ nonsense; }}\n"
    with (
        pytest.raises(FilesRefused, match="nginx refuses its configuration") as raised,
        prepare([proxy], {proxy.label: text}, refused, allowed) as switch,
    ):
        switch.commit()

    assert commands == ["-s reload", "-s reload"]
    assert 'unknown directive "nonsense"' in raised.value.saw
    assert proxy.file.read() == before and proxy.served() == marker(Color.BLUE, generation=2)
    assert proxy.workers().keys() == workers, "nginx was reloaded"


def recorded(proxy: Proxy, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The arguments of nginx, from now on."""
    run, commands = proxy.machine.run, list[str]()

    def recording(*arguments: str, timeout: float = 30) -> Output:
        commands.append(" ".join(arguments[1:]))
        return run(*arguments, timeout=timeout)

    monkeypatch.setattr(proxy.machine, "run", recording)
    return commands


@pytest.mark.parametrize(("there", "settings"), [("app.inc", {"status_port": 0}), ("former.inc", {}), (None, {})])
def test_an_nginx_that_cannot_be_asked_or_may_not_include_the_file_is_tested_before(
    server: Server,
    make_proxy: Callable[..., Proxy],
    allowed: NeverCancelled,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    there: str | None,
    settings: dict[str, Any],
) -> None:
    """It has one of ours by that name, by another name, or none."""
    proxy = make_proxy(**settings)
    if there:
        upstream = f"upstream {there.removesuffix('.inc')} {{ server 127.0.0.1:9; }}"
        (tmp_path / "conf.d" / there).write_text(f"# bluegreen: {marker().as_json()}\n{upstream}\n")
    proxy.capabilities()
    commands = recorded(proxy, monkeypatch)

    turn([proxy], marker(Color.BLUE, generation=2), allowed)

    assert commands == ["-T", "-s reload"]


def test_of_two_proxies_one_refuses_at_the_reload_and_both_are_as_before(
    server: Server, make_proxy: Callable[..., Proxy], allowed: NeverCancelled, monkeypatch: pytest.MonkeyPatch
) -> None:
    proxies = [make_proxy(), make_proxy("second.inc", name="second")]
    proxies[1].label = "second"
    # they are one nginx here, which wants it set but once
    proxies[0].file.path.with_name("other.inc").write_text("keepalive_min_timeout 10s;\n")
    turn([proxies[0]], marker(), allowed)
    before = [proxy.file.read() for proxy in proxies]
    run = proxies[1].machine.run

    def refusing(*arguments: str, timeout: float = 30) -> Output:
        return Output(1, "nginx: [emerg] too late") if "-s" in arguments else run(*arguments, timeout=timeout)

    monkeypatch.setattr(proxies[1].machine, "run", refusing)

    with pytest.raises(ProxyRefused, match="refuses its configuration") as refused:
        turn(proxies, marker(Color.BLUE, generation=2), allowed)

    assert not isinstance(refused.value, FilesRefused), "one of them was told to take its file up"
    assert [proxy.file.read() for proxy in proxies] == before
