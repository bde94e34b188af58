"""A worker keeps the logs of the processes that it serves short."""

import pytest

from bluegreen.deployment.states import Color
from bluegreen.processes import log_file
from tests.e2e.host import Host

pytestmark = pytest.mark.real


def test_a_log_that_grows_is_cut_while_its_process_serves(host: Host) -> None:
    assert host.deploy("v1")[0] == 0
    log = host._state_file(Color.BLUE).with_suffix(".log")
    with log.open("ab") as more:
        more.write(b"x" * (log_file.LONGEST + 1))

    host.wait_until(lambda: log.stat().st_size < log_file.LONGEST)

    assert log.with_name(f"{log.name}.1").stat().st_size >= log_file.LONGEST
    assert host.answer()["version"] == "v1"
