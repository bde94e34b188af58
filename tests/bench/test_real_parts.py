"""What the benchmarks put together of the program's own parts still fits: nothing else runs it but make bench."""

from pathlib import Path

import pytest

from bench.control_plane import cost, idle
from bench.cutover import backend
from bench.plane import own_redis, plane
from bench.site import Site, site
from bluegreen import http

pytestmark = pytest.mark.real


@pytest.mark.parametrize("act", [Site.switch, Site.plain_reload])
def test_a_site_is_switched_from_colour_to_colour_and_drained(act: object, tmp_path: Path) -> None:
    assert callable(act)
    with backend(tmp_path) as colors, site(tmp_path / "site", colors) as found:
        for _ in range(3):
            color = found.idle
            act(found)
            assert found.drained()
            assert http.get(found.url, 5).body == color


@pytest.mark.long
def test_deployments_with_empty_phases_succeed_and_have_a_cost(tmp_path: Path) -> None:
    with own_redis(tmp_path) as (redis, url), plane(tmp_path, redis, url, 2) as control:
        records = control.run(control.services)
        quiet = idle(control)
        spent = cost(control, quiet)

    assert [deployment.service for deployment in records] == ["s0", "s1"]
    assert quiet.looks > 0
    assert 0 < spent.seconds < 60
    assert spent.commands > 7 and spent.bytes > 1000
