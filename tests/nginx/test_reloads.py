"""How many connections a reload may cut."""

from types import SimpleNamespace
from typing import Any, cast

import pytest

from bluegreen.deployment.machine import Output
from nginx.config.capabilities import Capabilities
from nginx.config.forwards import ports
from nginx.config.parser import files_of, parse
from nginx.reloads import cut_by_reload, established
from tests.nginx.logs.test_access_log import dump

pytestmark = pytest.mark.unit

TABLE = """  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 00000000:0050 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 1 1 0 100 0 0 10 0
   1: 020012AC:0050 010012AC:D2F0 01 00000000:00000000 00:00000000 00000000   101        0 2 1 0 20 4 30 10 -1
   2: 020012AC:B2F0 030012AC:1F40 01 00000000:00000000 00:00000000 00000000   101        0 3 1 0 20 4 30 10 -1
   3: 020012AC:0050 010012AC:D2F2 06 00000000:00000000 00:00000000 00000000   101        0 4 1 0 20 4 30 10 -1
  sl  local_address                         remote_address                        st tx_queue rx_queue tr
   0: 0000000000000000FFFF0000020012AC:01BB 0000000000000000FFFF0000010012AC:D2F4 01 00000000:00000000 00:0 0 101
"""


def proxy(version: tuple[int, int, int], told: Output) -> Any:
    capabilities = Capabilities(version, sets_keepalive=False, ports=frozenset((80, 443)))
    machine = SimpleNamespace(run=lambda *_: told)
    return cast(Any, SimpleNamespace(capabilities=lambda: capabilities, machine=machine))


def test_only_what_is_open_to_nginx_itself_counts() -> None:
    assert established(TABLE, frozenset((80, 443))) == 2
    assert established(TABLE, frozenset((443,))) == 1


def test_an_old_nginx_is_told_with_the_number_and_what_to_install() -> None:
    cut = cut_by_reload(proxy((1, 22, 1), Output(0, TABLE)))

    assert cut and cut.connections == 2
    for words in ("nginx 1.22.1 closes", "2 were open at this moment", "nginx 1.27.4 or later"):
        assert words in cut.message


def test_a_new_one_cuts_nothing_and_where_nothing_tells_that_is_said() -> None:
    unknown = cut_by_reload(proxy((1, 22, 1), Output(127, "no such program")))

    assert cut_by_reload(proxy((1, 28, 0), Output(0, TABLE))) is None
    assert unknown and unknown.connections is None and "is not known" in unknown.message


def test_where_it_listens_is_read_off_its_files() -> None:
    servers = "listen 8080; listen [::]:8081 ssl; listen 127.0.0.1:8082; listen unix:/run/x; listen example.org;"

    found = ports(parse(files_of(dump(f"server {{ {servers} }}"))))

    assert found == {8080, 8081, 8082, 80}
