"""The receipt of a deployment through two nginx in containers, read from their output."""

import pytest

from tests.stack.site import Site

pytestmark = [pytest.mark.docker, pytest.mark.timeout(120)]


def test_both_proxies_logs_are_counted_each_as_far_as_its_format_tells(site: Site) -> None:
    with site.load(site.inner) as inner, site.load(site.outer) as outer:
        deployment = site.deploy_well("counted")
        for load in (inner, outer):
            load.wait_for_version("counted")

    receipt = deployment.receipt
    assert receipt is not None and receipt.complete, receipt
    timed, plain = receipt.proxies[site.inner], receipt.proxies[site.outer]
    # A colour is told by its container's address.
    assert timed.counted.answers.keys() == {"blue", "green"}
    assert timed.counted.slowest is not None and timed.counted.slowest >= 2
    assert plain.counted.answers.keys() == {"unknown"} and plain.counted.slowest is None
    for proxy, load in ((timed, inner), (plain, outer)):
        assert 0 < proxy.counted.total < len(load.lines())
        assert proxy.counted.failed == proxy.probes.failed == 0
        assert proxy.longest_gap == proxy.counted.longest_gap is not None, "the Engine's times tell the gap"
    assert (
        f"0 of {receipt.requests:,} requests failed, longest gap" in site.bluegreen("show", deployment.id).stdout
    )
