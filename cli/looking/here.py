"""A service on its deploy host: what the commands share that look at what runs, or go in there."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bluegreen.deployment.errors import RedisUnavailable, UsageError
from bluegreen.deployment.record import Deployment
from bluegreen.deployment.states import Color
from cli.context import App

if TYPE_CHECKING:
    from bluegreen.traffic.site import Site


@dataclass(frozen=True)
class Here:
    """The service's site, colour and release that are live by nginx's word, and the last success, where known."""

    site: "Site"
    live: Color | None
    release: str | None
    deployment: Deployment | None

    def color(self, old: bool) -> Color:
        """The live colour, or the other one. UsageError when nothing is live."""
        if self.live is None:
            raise UsageError(
                f"nothing of {self.site.name} is live", advice=f"Deploy it: bluegreen deploy {self.site.name}"
            )
        return self.live.other if old else self.live


def look(app: App, service: str) -> Here:
    """The service as it is on this host. Raises UsageError anywhere else.

    Redis is asked for the last deployment, and is not needed: what is live, nginx says.
    """
    if app.config is None:
        raise UsageError(
            "this command looks at the deploy host itself, and there is no config file here",
            advice="Run it on the deploy host, in the folder of bluegreen.toml, or name that file with --config.",
        )
    app.require_configured(service)
    try:
        with app.store() as store:
            deployment = app.home(store, service).live(service)
    except RedisUnavailable:
        deployment = None
    site = app.services.site(service, "here")
    found = site.look(deployment)
    return Here(site, found.color, found.release, deployment)
