"""What of a site is refused, and what is only said."""

from types import SimpleNamespace
from typing import Any

import pytest

from bluegreen.deployment.errors import ProxyRefused
from nginx.config.fit import expect_fit
from nginx.config.site import Misfit

pytestmark = pytest.mark.unit

SAID = Misfit("the path is lost", "proxy_pass $service_url;", is_fatal=False)
FATAL = Misfit("the variable is empty", "include url.inc;", is_fatal=True)


def proxy(*misfits: Misfit) -> Any:
    capabilities = SimpleNamespace(misfits=misfits)
    return SimpleNamespace(label="proxy", file=SimpleNamespace(name="url.inc"), capabilities=lambda: capabilities)


def test_what_gives_errors_is_refused_with_what_to_write() -> None:
    with pytest.raises(ProxyRefused, match=r"proxy: .* do not go with url.inc") as refused:
        expect_fit(proxy(SAID, FATAL))

    assert (refused.value.saw, refused.value.advice) == (FATAL.what, f"Write:\n{FATAL.fix}")


def test_what_is_only_otherwise_is_said() -> None:
    assert expect_fit(proxy(SAID)) == [SAID] and expect_fit(proxy()) == []
