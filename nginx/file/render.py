"""The text of a proxy file, made from a template. Pure."""

from jinja2 import Environment, PackageLoader, StrictUndefined

from bluegreen.deployment.maintenance import Maintenance
from bluegreen.deployment.proxy import Marker
from bluegreen.deployment.runtime import Address
from bluegreen.settings.service import ProxySettings
from nginx.config.capabilities import Capabilities
from nginx.file.closing import closing, expect_closable
from nginx.file.upstream_names import NOWHERE, listed, server_of

templates = Environment(
    loader=PackageLoader("nginx"),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    keep_trailing_newline=True,
    autoescape=False,  # nginx files, not HTML; all values were checked
)


def render(
    proxy: ProxySettings,
    marker: Marker,
    address: Address | None,
    capabilities: Capabilities,
    maintenance: Maintenance | None = None,
) -> str:
    """The whole file. No address: the proxy comes up and answers 502 until there is one.

    ProxyRefused where there is a maintenance with which the site's own files do not go.
    """
    if maintenance:
        expect_closable(proxy, maintenance, capabilities)
    return templates.get_template(f"{proxy.template}.conf.j2").render(
        marker=marker.as_json(),
        name=proxy.written_name,
        address=address,
        server=_server(address, maintenance is not None),
        hosts=listed(address.hosts) if address and address.dynamic else None,
        resolver=proxy.resolver,
        sets_resolver=capabilities.sets_resolver,
        sets_resolver_timeout=capabilities.sets_resolver_timeout,
        keepalive_min_timeout=capabilities.wants_keepalive,
        status_listen=_status_listen(proxy, capabilities),
        status_host=status_host(marker.service),
        status_path=f"/.bluegreen/{marker.service}" if proxy.status_url else None,
        closing=closing(proxy, marker.service, maintenance) if maintenance else None,
    )


def _server(address: Address | None, is_one_of_two: bool) -> str:
    if address is None:
        return NOWHERE
    return server_of(str(address)) if address.dynamic or is_one_of_two else str(address)


def status_host(service: str) -> str:
    """The Host header by which the status server of a service is asked."""
    return f"{service}.bluegreen"


def _status_listen(proxy: ProxySettings, capabilities: Capabilities) -> str | None:
    if not proxy.status_port:
        return None
    # A container's port must be published or reached by its address; on a host, loopback is enough.
    return f"127.0.0.1:{proxy.status_port}" if capabilities.is_on_host else str(proxy.status_port)
