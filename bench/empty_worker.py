"""A worker whose phases have nothing to do: `python -m bench.empty_worker`. What is left is the control plane.

It counts the looks that it takes at all its services, whether they are deployed to or not, in LOOKS.
"""

import sys
from collections.abc import Callable
from typing import Any
from unittest.mock import MagicMock

from bench.plane import LOOKS
from bluegreen.deployment.runtime import Address, Instance
from bluegreen.http import Response
from bluegreen.settings.service import ServiceSettings
from bluegreen.store import outbox
from bluegreen.traffic.health import Judged
from bluegreen.traffic.site import Site
from cli.main import main
from nginx.file.kept import Kept
from nginx.logs.receipt import NginxLogs
from nginx.router import NginxRouter
from nginx.upkeep.upkeep import NginxUpkeep
from tasks import context, services
from tasks.app import app
from workflows.recovery import Recovery

RUNTIME = MagicMock(name="a runtime that does nothing")
RUNTIME.build.side_effect = lambda color, release, deployment_id, cancellation: release
RUNTIME.look.return_value = Instance(running=True)
RUNTIME.address_on_host.return_value = Address("127.0.0.1", 1)
WELL = Judged(Response(200, "", 0.0), good=True)


def counted(look: Callable[..., Any]) -> Callable[..., Any]:
    """The same, and one more command for it."""

    def counting(*arguments: Any) -> Any:
        app.store.redis.incr(LOOKS)
        return look(*arguments)

    return counting


def opened(name: str, settings: ServiceSettings) -> Site:
    """A service without a proxy."""
    kept = Kept(settings.state_folder)
    parts = (NginxRouter((), RUNTIME, kept), NginxUpkeep(name, (), RUNTIME, kept), NginxLogs((), RUNTIME))
    return Site(name, settings, RUNTIME, *parts)


if __name__ == "__main__":
    services.opened = opened
    context.PhaseContext.ask = lambda self, url: WELL
    context.PhaseContext.ask_color = lambda self, color: WELL
    Recovery.sweep = counted(Recovery.sweep)
    outbox.due = counted(outbox.due)
    sys.argv[1:] = ["worker", "--loglevel", "WARNING"]
    main()
