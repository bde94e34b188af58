"""Implements bluegreen.deployment.upkeep.RequestLogs: counts access logs from a mark on, each line once."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import ip_address

from bluegreen.deployment.errors import BlueGreenError, PhaseFailed
from bluegreen.deployment.receipt import PAGE, UNKNOWN, LogCount, ProxyReceipt
from bluegreen.deployment.redaction import presentable
from bluegreen.deployment.runtime import Address, Runtime
from bluegreen.deployment.states import Color
from bluegreen.parallel import at_once
from nginx.config.capabilities import Capabilities
from nginx.file.closing import page_address
from nginx.logs.access_log import variables
from nginx.logs.counting import counted
from nginx.proxy import Proxy
from nginx.reloads import cut_by_reload
from nginx.upstream import upstream_of

log = logging.getLogger(__name__)

#: pieces of a log that are read in a row: a receipt must not hold up a deployment
PIECES = 16


@dataclass(frozen=True)
class NginxLogs:
    """The access logs of one service's nginx."""

    proxies: tuple[Proxy, ...]
    runtime: Runtime

    def start(self, receipts: Mapping[str, ProxyReceipt]) -> Mapping[str, ProxyReceipt]:
        def start(proxy: Proxy) -> tuple[str, ProxyReceipt]:
            return proxy.label, start_count(self.runtime, proxy, receipts.get(proxy.label, ProxyReceipt()))

        return dict(at_once(self.proxies, start))

    def read_on(self, receipts: Mapping[str, ProxyReceipt]) -> Mapping[str, ProxyReceipt]:
        # the config may have changed since
        proxies = [proxy for proxy in self.proxies if proxy.label in receipts]
        read = at_once(proxies, lambda proxy: (proxy.label, read_on(proxy, receipts[proxy.label])))
        return {**receipts, **dict(read)}


def blank(able: Capabilities) -> ProxyReceipt:
    """What is to be counted at a proxy, and why some of its logs cannot be."""
    notes = [
        f"{each.path}: {note}" for each in able.access_logs for note in (each.problem or None, *each.notes) if note
    ]
    if not able.access_logs:
        notes = ["no access log was found of a place that sends requests here"]
    logs = tuple(LogCount(log=each) for each in able.access_logs if not each.problem)
    return ProxyReceipt(logs=logs, notes=tuple(notes))


def start_count(runtime: Runtime, proxy: Proxy, receipt: ProxyReceipt) -> ProxyReceipt:
    """The receipt with a mark for where each log ends now, and what the reload that follows may cut."""
    try:
        if cut := cut_by_reload(proxy):
            receipt = receipt.with_(may_cut=cut.connections, reload=cut.message)
    except Exception as error:
        receipt = _noted(receipt, error)
    if any("upstream_addr" in variables(each.log.format) for each in receipt.logs):
        receipt = _with_addresses(runtime, proxy, receipt)
    elif receipt.logs:
        receipt = _with_pages_noted(proxy, receipt)
    for number, count in enumerate(receipt.logs):
        try:
            count = _named(proxy, count)
            started = count.with_(mark=proxy.machine.log_end(count.log.path))
            receipt = receipt.with_(logs=(*receipt.logs[:number], started, *receipt.logs[number + 1 :]))
        except Exception as error:
            receipt = _noted(receipt, error)
    return receipt


def _with_pages_noted(proxy: Proxy, receipt: ProxyReceipt) -> ProxyReceipt:
    """The receipt, which says so where no log parts the pages of a maintenance from answers."""
    try:
        said = proxy.read()
    except Exception as error:
        return _noted(receipt, error)
    if said is None or not said.maintenance:
        return receipt
    return _noted(receipt, "a maintenance is on: its pages count as failed, for want of $upstream_addr")


def _with_addresses(runtime: Runtime, proxy: Proxy, receipt: ProxyReceipt) -> ProxyReceipt:
    """The receipt with all names by which this proxy's logs call the service."""
    either = {page_address(proxy.settings, proxy.service): PAGE}
    if proxy.settings.template == "upstream":
        # nginx logs the upstream's own name where none of its servers is alive.
        either[proxy.settings.written_name] = UNKNOWN
    try:
        return receipt.with_(addresses=either | _addresses_of_colors(runtime, proxy))
    except Exception as error:
        log.exception("the addresses of %s are not known", proxy.service)
        return _noted(receipt.with_(addresses=either), error)


def _addresses_of_colors(runtime: Runtime, proxy: Proxy) -> dict[str, str]:
    """Containers beside the proxy have addresses of their own, whichever their ports."""
    if proxy.settings.container and not proxy.settings.upstream_address:
        return {host: color for color in Color for host in runtime.hosts_in_network(color)}
    upstreams = {color: upstream_of(proxy.settings, runtime, color) for color in Color}
    return {_logged(address): color for color, address in upstreams.items() if address}


def _logged(address: Address) -> str:
    """As nginx logs it. A name may stand for any address: only its port is known."""
    try:
        ip = ip_address(address.host.strip("[]"))
    except ValueError:
        return f":{address.port}"
    return f"{ip}:{address.port}" if ip.version == 4 else f"[{ip}]:{address.port}"


def read_on(proxy: Proxy, receipt: ProxyReceipt) -> ProxyReceipt:
    """The receipt with what its logs have more by now. A problem with one is noted in it, and never raised."""
    for number, count in enumerate(receipt.logs):
        try:
            count, note = _read_log(proxy, _named(proxy, count), receipt)
        except Exception as error:
            receipt = _noted(receipt, error)
        else:
            receipt = receipt.with_(logs=(*receipt.logs[:number], count, *receipt.logs[number + 1 :]))
            receipt = _noted(receipt, note) if note else receipt
    return receipt


def _named(proxy: Proxy, count: LogCount) -> LogCount:
    """The count of a log as this nginx names it. A record may name any file of the host: it is not opened."""
    logs = {each.path: each for each in proxy.capabilities().access_logs if not each.problem}
    if count.log.path not in logs:
        raise PhaseFailed(f"{count.log.path} was not counted: nginx names no such log of this service")
    return count.with_(log=logs[count.log.path])


def _read_log(proxy: Proxy, count: LogCount, receipt: ProxyReceipt) -> tuple[LogCount, str]:
    """The count gone on to the log's end, and what there is to say of it."""
    path, whole = count.log.path, True
    for _ in range(PIECES if count.mark else 0):
        piece = proxy.machine.log_since(path, count.mark)
        count, whole = counted(count, piece, receipt.addresses, receipt.previews), whole and piece.whole
        if not piece.more:
            return count, "" if whole else f"{path} was rotated, or is too long: a part was not counted"
    return count, f"{path} is too long: its end was not counted" if count.mark else ""


def _noted(receipt: ProxyReceipt, note: object) -> ProxyReceipt:
    text = note.what if isinstance(note, BlueGreenError) else str(note)
    return receipt.with_(notes=tuple(dict.fromkeys((*receipt.notes, presentable(text)))))
