"""An upstream that a site names through a variable is the one that is meant."""

import pytest

from bluegreen.settings.service import ProxySettings
from nginx.config.build import Build
from nginx.config.capabilities import Capabilities
from nginx.config.dump import Dump
from nginx.config.parser import parse
from nginx.config.variables import written_out

pytestmark = pytest.mark.unit

LOG = "access_log /log; log_format f '$status';"


def capabilities(http: str, **settings: str) -> Capabilities:
    files = {"/etc/nginx/nginx.conf": f"events {{}} http {{ {LOG} {http} }}"}
    proxy = ProxySettings.model_validate({"container": "edge", "file": "app.inc", "name": "app", **settings})
    return Dump(files, "web", proxy, "app.inc").capabilities(Build(), False)


def targets(http: str, name: str = "app", is_variable: bool = False) -> list[str]:
    (block,) = written_out(parse({"nginx.conf": f"http {{ {http} }}"}), name, is_variable)
    (server,) = (each for each in block.block if each.name == "server")
    return [each.arguments[0] for each in server.block if each.name == "proxy_pass"]


@pytest.mark.parametrize(
    ("before", "inside", "given", "meant"),
    [
        ("map $host $to { default app; }", "", "http://$to", ["http://app"]),
        ("map $host $to { hostnames; default http://app; }", "", "$to", ["http://app"]),
        ("map $host $to { default app; a.org other; }", "", "http://$to/x", ["http://app/x", "http://other/x"]),
        ("geo $to { default other; 10.0.0.0/8 app; }", "", "http://${to}", ["http://other", "http://app"]),
        ("split_clients $remote_addr $to { 5% other; * app; }", "", "http://$to", ["http://other", "http://app"]),
        ("map $host $a { default $b; } map $host $b { default app; }", "", "http://$a", ["http://app"]),
        ("", "set $to app;", "http://$to", ["http://app"]),
        ("", "set $to other; if ($host = a) { set $to app; }", "http://$to", ["http://other", "http://app"]),
        ("map $host $a { default $b; } map $host $b { default $a; }", "", "http://$a", ["http://$a"]),
        ("map $host $to { default other; }", "", "http://$to", ["http://$to"]),
        ("", "", "http://$host", ["http://$host"]),
        ("", "", "http://app$request_uri", ["http://app$request_uri"]),
    ],
)
def test_a_variable_stands_for_each_of_its_values_where_one_is_ours(
    before: str, inside: str, given: str, meant: list[str]
) -> None:
    assert targets(f"{before} server {{ {inside} proxy_pass {given}; }}") == meant


def test_our_own_variable_stays_and_one_that_may_be_it_does_not() -> None:
    ours = "set $service_url http://app-blue:8000; proxy_pass $service_url;"
    assert targets(f"server {{ {ours} }}", "service_url", True) == ["$service_url"]
    chosen = "map $cookie_beta $to { default $service_url; 1 http://beta; }"
    found = targets(f"{chosen} server {{ proxy_pass $to; }}", "service_url", True)
    assert found == ["$service_url", "http://beta"]


def test_a_log_is_the_site_s_own_where_a_variable_names_its_upstream_alone() -> None:
    site = "map $host $to {{ default app; {more} }} server {{ location / {{ {by}_pass {scheme}$to; }} }}"

    (log,) = capabilities(site.format(more="", by="proxy", scheme="http://")).access_logs
    assert not log.shared and not log.problem
    (log,) = capabilities(site.format(more="a.org other;", by="proxy", scheme="http://")).access_logs
    assert log.shared, "the other upstream's requests are in it, too"
    assert capabilities(site.format(more="", by="uwsgi", scheme="")).protocols == {"uwsgi"}
