"""The lines at the end of a proxy file that lead whoever asks for it to the new version. Pure."""

import re

from bluegreen.deployment.preview import LINK
from bluegreen.deployment.proxy import PreviewRoute
from bluegreen.deployment.runtime import Address
from bluegreen.settings.service import ProxySettings
from nginx.config.capabilities import Capabilities
from nginx.config.parser import parse
from nginx.config.previews import variable_of
from nginx.file.render import templates

_LINES = re.compile(r"^# bluegreen preview: .*?^# end of the preview\n?", re.MULTILINE | re.DOTALL)


def with_preview(
    text: str, proxy: ProxySettings, preview: PreviewRoute, address: Address, capabilities: Capabilities
) -> str:
    """The file with the preview in place of one that it had; all that is before it stays as it is."""
    there = without_preview(text)
    sets = {each.name for each in parse({"": there})}
    sets_resolver = capabilities.sets_resolver or "resolver" in sets
    sets_timeout = capabilities.sets_resolver_timeout or "resolver_timeout" in sets
    condition, is_cookie = preview.condition, preview.condition.by == "cookie"
    lines = templates.get_template("preview.conf.j2").render(
        color=preview.color,
        resolver=proxy.resolver if address.dynamic and not sets_resolver else None,
        resolver_timeout=address.dynamic and not sets_timeout,
        asks=variable_of(condition),
        value=condition.value or condition.name,
        cookie=condition.name,
        link=f"{LINK}{condition.value}" if is_cookie else None,
        name=proxy.written_name,
        address=address,
    )
    return there.removesuffix("\n") + "\n" + lines


def preview_of(text: str) -> str:
    """The lines of the preview that the file has; empty where it has none."""
    found = _LINES.search(text)
    return found[0] if found else ""


def without_preview(text: str) -> str:
    """The file as it was before the preview."""
    return _LINES.sub("", text)
