"""Programs that a phase runs are known by whose they are; those that a dead worker left behind are ended first."""

from collections.abc import Iterator
from contextlib import contextmanager

from bluegreen.deployment.record import Deployment
from bluegreen.deployment.states import DEPLOY_PHASES, Phase
from bluegreen.settings.service import ServiceSettings
from bluegreen.system import programs


@contextmanager
def without_leftovers(deployment: Deployment, phase: Phase, service: ServiceSettings) -> Iterator[None]:
    """Within the block no program runs for the service but ours, such as the build of a killed worker."""
    # The folder makes it this installation's: a service of that name may be elsewhere on the host, too.
    owner = str(service.state_folder / deployment.service)
    with programs.working_for(owner):
        if may_have_any(deployment, phase):
            programs.end_leftovers(owner)
        yield


def may_have_any(deployment: Deployment, phase: Phase) -> bool:
    """Whether a worker may have died, or been fenced out, while it had this service in hand."""
    again = (each.takeovers or each.attempts > 1 for each in deployment.phases)
    return phase is DEPLOY_PHASES[0] or any(again)
