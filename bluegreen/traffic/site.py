"""A service, what runs its colours, and what leads users there."""

import contextlib
from dataclasses import dataclass

from bluegreen.deployment.background import Background
from bluegreen.deployment.errors import PhaseFailed
from bluegreen.deployment.maintenance import Maintenance
from bluegreen.deployment.proxy import Marker, Route, Router
from bluegreen.deployment.record import Deployment
from bluegreen.deployment.runtime import Runtime
from bluegreen.deployment.states import Color
from bluegreen.deployment.upkeep import Found, RequestLogs, Upkeep
from bluegreen.settings.service import HealthSettings, ServiceSettings
from bluegreen.static.files import StaticFiles
from bluegreen.traffic import health
from bluegreen.traffic.maintenance_file import PROBE_HEADER, MaintenanceFile


@dataclass(frozen=True)
class Site:
    """Each part is known by its contract alone."""

    name: str
    settings: ServiceSettings
    runtime: Runtime
    router: Router
    upkeep: Upkeep
    logs: RequestLogs
    #: of its releases; None where its runtime has no such services
    background: Background | None = None
    #: of its releases; None where nginx serves none of them
    static: StaticFiles | None = None

    def look(self, last: Deployment | None, chosen: Color | None = None, previewed: int | None = None) -> Found:
        """What is live: see `Upkeep.find_live`."""
        return self.upkeep.find_live(last, chosen, previewed, self.maintenance())

    def maintenance(self) -> Maintenance | None:
        """The one that is on, as of now."""
        return MaintenanceFile.of(self.settings).read()

    def route(self, marker: Marker) -> Route:
        """The route by which the marker's colour serves, with the maintenance that is on."""
        return Route.of(marker, self.maintenance())

    def probing(self, settings: HealthSettings) -> HealthSettings:
        """The settings of a request through a proxy, which reaches the application also in a maintenance."""
        maintenance = self.maintenance()
        if maintenance is None:
            return settings
        return settings.model_copy(update={"headers": {**settings.headers, PROBE_HEADER: maintenance.secret}})

    def protocol(self) -> str:
        """By what the proxies speak to the colours; HTTP while one of them cannot be asked."""
        with contextlib.suppress(PhaseFailed):
            return health.spoken(self.upkeep.protocols())
        return health.spoken(())

    def down(self) -> list[str]:
        """The labels of the proxies that do not run."""
        return [label for label, answering in self.router.running().items() if not answering]
