"""Switching a real nginx: taken up and confirmed, or put back."""

import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from bluegreen.deployment.cancellation import NeverCancelled
from bluegreen.deployment.errors import FilesRefused, PhaseFailed, ProxyRefused, Superseded
from bluegreen.deployment.proxy import Marker
from bluegreen.deployment.runtime import Address
from bluegreen.deployment.states import Color
from cli.demo.servers import Server, free_port
from nginx.drain import drain
from nginx.file.render import render
from nginx.live import expect_own_addresses
from nginx.proxy import Proxy
from nginx.retired import workers_of
from nginx.switch import prepare
from tests.cancellations import Stale
from tests.nginx.turning import marker, switched, turn

pytestmark = pytest.mark.real


def test_a_switch_is_over_when_the_proxy_itself_says_so(
    server: Server, make_proxy: Callable[..., Proxy], allowed: NeverCancelled
) -> None:
    proxy = make_proxy()
    assert (proxy.read(), proxy.served()) == (None, None)

    retired = switched([proxy], marker(), allowed)

    assert proxy.serving_workers() - workers_of(retired[proxy.label])
    assert drain([proxy], retired, 10, allowed) == 0
    assert proxy.read() == proxy.served() == marker()


def test_a_service_that_is_new_to_an_nginx_takes_nothing_for_its_own_that_others_have_there(
    server: Server, make_proxy: Callable[..., Proxy], allowed: NeverCancelled
) -> None:
    web = make_proxy()
    turn([web], marker(), allowed)
    api = Proxy(web.settings, "api", web.machine, web.file)

    assert web.served() == marker() and api.served() is None
    for act in (api.read, lambda: api.replace("", (9, 9), allowed)):
        with pytest.raises(ProxyRefused, match="is the file of the service web"):
            act()
    assert web.read() == marker()


def test_two_that_are_asked_at_one_address_are_refused(make_proxy: Callable[..., Proxy]) -> None:
    one, other, third = make_proxy(), make_proxy(), make_proxy(status_port=0)
    other.label = "other"
    expect_own_addresses([one, third, other])

    other.settings = one.settings
    with pytest.raises(PhaseFailed, match=f"{one.label} and other are both asked at http://127.0.0.1"):
        expect_own_addresses([one, third, other])


def test_a_switch_is_confirmed_by_the_workers_where_nginx_cannot_be_asked(
    server: Server, make_proxy: Callable[..., Proxy], allowed: NeverCancelled
) -> None:
    proxy = make_proxy(status_port=0)

    before = switched([proxy], marker(), allowed)[proxy.label]

    serving = {pid for pid, title in proxy.workers().items() if "shutting down" not in title}
    assert serving and not serving & set(before)


def test_the_drain_ends_when_the_old_workers_are_gone(
    server: Server, make_proxy: Callable[..., Proxy], allowed: NeverCancelled
) -> None:
    proxy = make_proxy()

    before = switched([proxy], marker(), allowed)

    assert drain([proxy], before, 10, allowed) == 0
    assert not set(before[proxy.label]) & proxy.workers().keys()


def test_a_file_that_nginx_refuses_is_put_back(
    server: Server, make_proxy: Callable[..., Proxy], allowed: NeverCancelled
) -> None:
    proxy = make_proxy()
    turn([proxy], marker(), allowed)
    before, workers = proxy.file.read(), proxy.workers().keys()
    newer = marker(Color.BLUE, generation=2)

    text = f"# bluegreen: {newer.as_json()}\nupstream app {{ nonsense; }}\n"
    with pytest.raises(ProxyRefused, match="nginx refuses its configuration") as refused:
        refuse_to_prepare([proxy], {proxy.label: text}, newer)

    assert 'unknown directive "nonsense"' in refused.value.saw
    assert proxy.file.read() == before
    assert proxy.workers().keys() == workers, "nginx was reloaded"


def refuse_to_prepare(proxies: list[Proxy], texts: dict[str, str], to: Marker) -> None:
    with prepare(proxies, texts, to, NeverCancelled()):
        pytest.fail("it was about to reload")


def test_of_two_proxies_none_is_switched_when_one_refuses(
    server: Server, make_proxy: Callable[..., Proxy], allowed: NeverCancelled
) -> None:
    good = make_proxy()
    turn([good], marker(), allowed)
    # The second one's upstream has a name that is taken.
    bad = make_proxy("second.inc", name="app")
    bad.label = "second"
    before = good.file.read()
    newer = marker(Color.BLUE, generation=2)
    texts = {
        proxy.label: render(proxy.settings, newer, Address("127.0.0.1", 9), good.capabilities())
        for proxy in (good, bad)
    }

    with pytest.raises(ProxyRefused, match="nginx refuses its configuration"):
        refuse_to_prepare([good, bad], texts, newer)

    assert good.file.read() == before
    assert bad.file.read() is None
    assert good.served() == marker()


def test_a_file_that_nginx_does_not_include_is_refused_and_put_back(
    server: Server, make_proxy: Callable[..., Proxy], allowed: NeverCancelled
) -> None:
    proxy = make_proxy("app.not-included", name="other")

    with pytest.raises(ProxyRefused, match="does not read"):
        turn([proxy], marker(), allowed)

    assert proxy.file.read() is None


def test_a_port_that_nginx_cannot_bind_is_noticed_and_put_back(
    server: Server, make_proxy: Callable[..., Proxy], allowed: NeverCancelled, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("nginx.confirmation.TIMEOUT", 1.0)
    with socket.create_server(("127.0.0.1", free_port())) as taken:
        proxy = make_proxy(status_port=taken.getsockname()[1])
        before = proxy.file.read()
        with pytest.raises(ProxyRefused, match="is not served after"):
            turn([proxy], marker(), allowed)

    assert proxy.file.read() == before


def test_a_smaller_generation_never_overwrites(
    server: Server, make_proxy: Callable[..., Proxy], allowed: NeverCancelled
) -> None:
    proxy = make_proxy()
    turn([proxy], marker(generation=5, epoch=2), allowed)

    for older in (marker(Color.BLUE, 4, 9), marker(Color.BLUE, 5, 1)):
        with pytest.raises(ProxyRefused, match="is newer than this deployment"):
            turn([proxy], older, allowed)

    assert proxy.served() == marker(generation=5, epoch=2)


def test_a_worker_that_was_fenced_out_writes_nothing(server: Server, make_proxy: Callable[..., Proxy]) -> None:
    proxy = make_proxy()
    before = proxy.file.read()

    with pytest.raises(Superseded):
        turn([proxy], marker(), Stale())

    assert proxy.file.read() == before


def test_a_file_that_is_not_included_is_told_by_the_upstream_that_is_missing(
    server: Server, make_proxy: Callable[..., Proxy], tmp_path: Path
) -> None:
    conf = tmp_path / "nginx.conf"
    conf.write_text(conf.read_text().replace(f'include "{tmp_path}/conf.d/*.inc";', ""))

    with pytest.raises(FilesRefused, match="refuses its configuration") as refused:
        make_proxy().capabilities()

    assert "app.inc in the http block" in refused.value.advice
