"""Where an nginx sent requests before any colour of ours."""

from collections.abc import Iterator

from bluegreen.deployment.proxy import Saved
from bluegreen.deployment.runtime import Runtime
from bluegreen.deployment.states import Color
from bluegreen.deployment.upkeep import Target
from nginx.config.targets import targets_in
from nginx.file.kept import Kept
from nginx.file.marker import parse
from nginx.proxy import Proxy
from nginx.upstream import addresses_of


def former_targets(proxy: Proxy, runtime: Runtime, kept: Kept, saved: Saved) -> Iterator[Target]:
    """See bluegreen.deployment.upkeep.Upkeep."""
    digest = saved.get(proxy.label)
    # of a deployment that was undone the text is not kept any more: it is in its place again
    text = (kept.saved(digest) if digest else None) or proxy.file.read()
    said = parse(text)
    if text is None or (said and said.color):
        return
    ours = {address for color in Color for address in addresses_of(proxy.settings, runtime, color)}
    for address in targets_in({"": text}):
        if address not in ours:
            yield Target(address, proxy.machine.is_host(), proxy.settings.container)
