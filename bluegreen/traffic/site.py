"""A service, what runs its colours, and what leads users there."""

import contextlib
from dataclasses import dataclass

from bluegreen.deployment.background import Background
from bluegreen.deployment.errors import PhaseFailed
from bluegreen.deployment.proxy import Router
from bluegreen.deployment.record import Deployment
from bluegreen.deployment.runtime import Runtime
from bluegreen.deployment.states import Color
from bluegreen.deployment.upkeep import Found, RequestLogs, Upkeep
from bluegreen.settings.service import ServiceSettings
from bluegreen.static.files import StaticFiles
from bluegreen.traffic import health


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
        return self.upkeep.find_live(last, chosen, previewed)

    def protocol(self) -> str:
        """By what the proxies speak to the colours; HTTP while one of them cannot be asked."""
        with contextlib.suppress(PhaseFailed):
            return health.spoken(self.upkeep.protocols())
        return health.spoken(())

    def down(self) -> list[str]:
        """The labels of the proxies that do not run."""
        return [label for label, answering in self.router.running().items() if not answering]
