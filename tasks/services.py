"""The services of a config file, opened: each with its runtime and its proxies."""

import threading
from collections import OrderedDict
from collections.abc import Callable

from bluegreen.processes.runtime import ProcessRuntime
from bluegreen.settings import config_file
from bluegreen.settings.service import Config, ServiceSettings
from bluegreen.static.files import StaticFiles
from bluegreen.traffic.site import Site
from compose.background.runtime import ComposeBackground
from compose.runtime import ComposeRuntime
from nginx.file.kept import Kept
from nginx.logs.receipt import NginxLogs
from nginx.router import NginxRouter
from nginx.upkeep.upkeep import NginxUpkeep
from tasks.proxies import proxies_of

#: sites that are kept for whoever opened them
SITES = 64


class Services:
    """What a process knows of its config file's services. Any thread may ask."""

    def __init__(self, config: Callable[[], Config]) -> None:
        self.config = config
        #: as each was when the file last had it
        self._known: dict[str, ServiceSettings] = {}
        self._sites: OrderedDict[tuple[str, str], Site] = OrderedDict()
        self._opening = threading.Lock()

    def serve(self) -> tuple[str, ...]:
        """The services of the config file; from now on they are known, whatever becomes of the file."""
        names = tuple(self.config().services)
        for name in names:
            self.settings(name)
        return names

    def serves(self, name: str) -> bool:
        """Whether the service is known."""
        return name in self._known

    def settings(self, name: str) -> ServiceSettings:
        """The service as the config file has it, or as it had it: a deployment ends by what it began with.

        Raises UsageError for a service that was never seen, ConfigError when the file cannot be read at all.
        """
        config = self.config()
        if name in config.services or name not in self._known:
            self._known[name] = config_file.service_of(config, name)
        return self._known[name]

    def site(self, name: str, opener: str) -> Site:
        """The service with a runtime and proxies that are the opener's own: a deployment's id, or who looks.

        What they have read of files, or asked an nginx, they keep from one call to the next, until the settings
        change.
        """
        settings = self.settings(name)
        with self._opening:
            site = self._sites.get((opener, name))
            if site is None or site.settings is not settings:
                site = self._sites[opener, name] = opened(name, settings)
            self._sites.move_to_end((opener, name))
            if len(self._sites) > SITES:
                self._sites.popitem(last=False)
            return site


def opened(name: str, settings: ServiceSettings) -> Site:
    """The service with a runtime and proxies that nobody else has. Nothing is asked yet."""
    runtime = ComposeRuntime(name, settings) if settings.compose else ProcessRuntime(name, settings)
    proxies, kept = proxies_of(name, settings), Kept(settings.state_folder / "proxies")
    return Site(
        name,
        settings,
        runtime,
        NginxRouter(proxies, runtime, kept),
        NginxUpkeep(name, proxies, runtime, kept),
        NginxLogs(proxies, runtime),
        ComposeBackground(name, settings) if settings.compose and settings.compose.files else None,
        StaticFiles(settings.state_folder / "static", settings.static.to) if settings.static else None,
    )
