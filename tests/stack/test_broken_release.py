"""A release that fails takes nothing with it: neither the old version nor what both versions share."""

from collections.abc import Callable

import pytest

from bluegreen.deployment.record import Deployment
from bluegreen.deployment.states import Phase, State
from tests.stack.site import HEALTH, Site

pytestmark = [pytest.mark.docker, pytest.mark.timeout(120)]


def failing_query(site: Site) -> Callable[[], None]:
    """It answers, with an error page: the database has no such column."""
    return site.change_code(
        "guestbook/models.py", "text = models", "title = models.TextField()\n    text = models"
    )


def failing_import(site: Site) -> Callable[[], None]:
    """It never comes up."""
    return site.change_code("config/asgi.py", "import os\n", "import os\nimport no_such_package\n")


def deploy_broken(site: Site, break_release: Callable[[Site], Callable[[], None]]) -> Deployment:
    """Deploy it under load; afterwards the code is fixed, and all is as it was before."""
    before, lives = site.answers(), site.lives()
    fix = break_release(site)
    try:
        with site.load(site.outer) as outer, site.load(site.inner) as inner:
            status, deployment = site.deploy("broken")
    finally:
        fix()
    assert (status, deployment.state) == (1, State.ROLLED_BACK)
    assert deployment.error is not None and deployment.error.phase is Phase.HEALTH_CHECK
    assert outer.dropped() == [] == inner.dropped()
    assert site.answers() == before
    assert site.lives() == lives, "PostgreSQL, Redis or a proxy was restarted or made anew"
    return deployment


def test_an_error_page_is_not_healthy_and_what_is_shared_has_not_even_restarted(site: Site) -> None:
    # Django may take seconds to its first answer on a busy machine; until then there is no error page to be seen.
    site.configure({f'path = "{HEALTH}"': f'path = "{HEALTH}"\nattempts = 2\ninterval = 4'})

    deployment = deploy_broken(site, failing_query)

    assert deployment.error is not None and "last answer: 500: " in deployment.error.saw
    assert "column guestbook_entry.title does not exist" in deployment.error.saw, "the log lines do not say why"


def test_a_release_that_does_not_start_is_not_waited_for_and_the_next_one_goes_live(site: Site) -> None:
    deployment = deploy_broken(site, failing_import)

    health = deployment.phase_record(Phase.HEALTH_CHECK)
    assert health is not None and health.attempts == 1
    assert deployment.error is not None and "died" in deployment.error.what
    assert "No module named 'no_such_package'" in deployment.error.saw

    site.deploy_well("fixed")

    assert {version for _, version in site.answers()} == {"fixed"}
