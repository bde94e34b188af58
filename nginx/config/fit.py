"""Whether a site goes with our file: asked before anything is changed, by deployments and by `doctor`."""

from collections.abc import Sequence

from bluegreen.deployment.errors import ProxyRefused
from bluegreen.deployment.proxy import Condition
from nginx.config.site import Misfit
from nginx.proxy import Proxy


def expect_fit(proxy: Proxy) -> list[Misfit]:
    """What users get otherwise than without us, and no error. ProxyRefused: they would get errors."""
    found = proxy.capabilities().misfits
    _refuse_fatal(proxy, found)
    return list(found)


def expect_preview(proxy: Proxy, condition: Condition) -> None:
    """Raise ProxyRefused where the requests that meet the condition, and no others, cannot be led elsewhere."""
    _refuse_fatal(proxy, proxy.preview_misfits(condition))


def _refuse_fatal(proxy: Proxy, found: Sequence[Misfit]) -> None:
    if fatal := [each for each in found if each.is_fatal]:
        raise ProxyRefused(
            f"{proxy.label}: the site's own files do not go with {proxy.file.name}",
            "\n".join(each.what for each in fatal),
            "\n".join(("Write:", *(each.fix for each in fatal))),
        )
