"""What a worker does about a request: records it, answers in the same step, and launches what shall run."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from bluegreen.deployment import promotion, releases
from bluegreen.deployment.approval import Approval
from bluegreen.deployment.errors import UsageError
from bluegreen.deployment.installation import Installation
from bluegreen.deployment.record import Deployment
from bluegreen.deployment.roles import Role
from bluegreen.deployment.states import UNDO_PHASES, Phase, State
from bluegreen.settings import freezes
from bluegreen.store import owners
from bluegreen.store.answers import Ticket
from bluegreen.store.clock import redis_time
from bluegreen.store.deployments import Store
from bluegreen.store.requests import (
    Abort,
    Deploy,
    Kind,
    Maintain,
    OfService,
    Promote,
    Redeploy,
    Rollback,
    Scheduled,
    Unlock,
)
from bluegreen.store.roles import PROMOTIONS
from bluegreen.store.schedules import ScheduledRun
from bluegreen.system import state_folder
from tasks import adopted
from tasks.services import Services
from workflows.deploy import launch_or_leave
from workflows.maintaining import Maintaining


class Acts:
    """The acts of one installation. Each may be done twice: the ticket's answer says that it was done."""

    def __init__(self, store: Store, here: Installation, services: Services) -> None:
        self.store = store
        self.here = here
        self.services = services
        self.config = services.config
        self._acts: dict[Kind, Callable[[Any, Ticket], str | None]] = {
            Kind.DEPLOY: self._deploy,
            Kind.ROLLBACK: self._roll_back,
            Kind.REDEPLOY: self._redeploy,
            Kind.ABORT: self._abort,
            Kind.UNLOCK: self._unlock,
            **{kind: partial(self._promote, role) for kind, role in PROMOTIONS.items()},
            Kind.MAINTENANCE: self._maintain,
            Kind.SCHEDULE: self._run_schedule,
        }

    def act(self, kind: Kind, asked: Any, ticket: Ticket) -> str | None:
        """Do what is asked for; the deployment to answer with, where that was not written with what was done.

        Raises Answered, and a BlueGreenError to refuse it with.
        """
        return self._acts[kind](asked, ticket)

    def _deploy(self, asked: Deploy, ticket: Ticket) -> None:
        self._require_here(asked.service)
        fields = {"under_maintenance": asked.under_maintenance, "live_check_overridden": asked.live_check}
        self._create_change(asked, ticket, ref=asked.ref, **fields)

    def _redeploy(self, asked: Redeploy, ticket: Ticket) -> None:
        self._require_here(asked.service)
        if not any(each.release for each in self.store.history(asked.service)):
            raise UsageError(
                f"{asked.service}: no release is known that could be live",
                advice=f"Deploy the version that you want: bluegreen deploy {asked.service} --ref REF",
            )
        self._create_change(asked, ticket, kind="redeploy")

    def _create_change(self, asked: Redeploy, ticket: Ticket, **fields: Any) -> None:
        """What users get changes by it: a freeze stops it, and it waits for the approval that is set."""
        freeze = freezes.in_force(self.config().freezes, asked.service, redis_time(self.store.redis))
        again = f"bluegreen redeploy {asked.service}" if fields.get("kind") else ""
        overridden = freezes.override(asked.service, freeze, asked.why, again)
        approval = self._approval(asked.service, asked.hold)
        self._create(
            asked, ticket, request_url=asked.request_url, freeze_passed=overridden, approval=approval, **fields
        )

    def _roll_back(self, asked: Rollback, ticket: Ticket) -> None:
        """For a deployment that has switched the traffic, an abort is the quicker way to the version before it."""
        self._require_here(asked.service)
        holder = self.store.holder(asked.service)
        if (
            holder
            and _leads_back(holder, asked.to)
            and self.store.request_abort(holder.id, asked.requested_by, ticket)
        ):
            return
        fields: dict[str, Any] = {"anyway": asked.anyway, "request_url": asked.request_url}
        if asked.to is None and self._is_first(asked.service) and self._can_go_to_adopted(asked.service):
            history = self.store.history(asked.service)
            fields["crossed"] = releases.refuse_crossing(asked.service, history, None, asked.anyway)
            fields |= {"to_adopted": True, "state": State.ROLLING_BACK, "phase": UNDO_PHASES[0]}
        else:
            fields |= {"crossed": self._crossed(asked), "wanted_release": asked.to}
        self._create(asked, ticket, kind="rollback", **fields)

    def _crossed(self, asked: Rollback) -> tuple[str, ...]:
        """Over whose migrations it goes back, as far as that is known before a proxy is asked what is live."""
        service, history = asked.service, self.store.history(asked.service)
        if asked.to is not None:
            releases.lived(service, history, asked.to)
            return releases.refuse_crossing(service, history, asked.to, asked.anyway)
        if not any(each.from_release for each in history):
            raise UsageError(
                f"{service}: no release is known from before the live one",
                advice=f"Deploy the version that you want: bluegreen deploy {service} --ref REF",
            )
        live = None if self.store.failed_since(service) else self.store.live(service)
        before = releases.previous(history, live.release.name) if live and live.release else None
        return releases.refuse_crossing(service, history, before.name, asked.anyway) if before else ()

    def _run_schedule(self, asked: Scheduled, ticket: Ticket) -> None:
        self._require_here(asked.service)
        run = ScheduledRun(self.here.id, asked.service, asked.time, asked.seen, asked.version)
        approval = self._approval(asked.service, is_held=False)
        self._create(asked, ticket, run=run, ref=asked.ref, scheduled_for=asked.time, approval=approval)

    def _create(self, asked: OfService | Scheduled, ticket: Ticket, **fields: Any) -> None:
        deployment = self.store.create(
            asked.service,
            asked.requested_by,
            asked.starting_seconds,
            ticket=ticket,
            request_id=ticket.request,
            **fields,
        )
        launch_or_leave(deployment)

    def _approval(self, service: str, is_held: bool) -> Approval | None:
        """What a deployment waits for after its health check; None where it goes on by itself."""
        settings = self.config().services[service].approval
        if not (is_held or settings.required):
            return None
        return Approval(timeout=settings.timeout, on_timeout=settings.on_timeout)

    def _abort(self, asked: Abort, ticket: Ticket) -> str:
        stopped = self.store.request_abort(self._require(asked).id, asked.requested_by, ticket)
        if stopped and stopped.state is State.ROLLING_BACK:
            launch_or_leave(stopped)
        return asked.deployment_id

    def _promote(self, role: Role, asked: Promote, ticket: Ticket) -> None:
        """A freeze holds it as it holds a new deployment, but for the one that was overridden for it before."""
        waiting = self._require(asked)
        if waiting.state is not State.AWAITING_PROMOTION:
            raise promotion.not_waiting(waiting)
        needed = Role(self.services.settings(waiting.service).approval.by)
        if not role.suffices_for(needed):
            raise promotion.not_by(waiting, role, needed)
        freeze = freezes.in_force(self.config().freezes, waiting.service, redis_time(self.store.redis))
        if freezes.is_overridden(freeze, waiting.freeze_passed):
            freeze = None
        passed = freezes.override(waiting.service, freeze, asked.why, f"bluegreen promote {waiting.id}")
        promoted = self.store.promote(waiting.id, asked.requested_by, asked.message, passed, ticket)
        if promoted is None:
            raise promotion.not_waiting(self._require(asked))
        launch_or_leave(promoted)

    def _maintain(self, asked: Maintain, ticket: Ticket) -> str:
        self._require_here(asked.service)
        return Maintaining(self.store, self.services).act(asked, ticket)

    def _unlock(self, asked: Unlock, ticket: Ticket) -> str:
        self.store.unlock(self._require(asked).id, asked.requested_by, ticket)
        return asked.deployment_id

    def _is_first(self, service: str) -> bool:
        """Whether what is live took the place of no release, as far as Redis knows."""
        history, live = self.store.history(service), self.store.live(service)
        if live is None or live.release is None or self.store.failed_since(service):
            return False
        return releases.previous(history, live.release.name) is None

    def _can_go_to_adopted(self, service: str) -> bool:
        """Whether the service was adopted. UsageError: it was, and what served before is gone."""
        found = adopted.read(state_folder.adoption_of(Path(self.here.config), service).parent)
        if found:
            adopted.expect_there(service, found)
        return found is not None

    def _require(self, asked: Abort) -> Deployment:
        deployment = self.store.get(asked.deployment_id)
        if deployment is None:
            raise UsageError(f"there is no deployment {asked.deployment_id!r}")
        if deployment.installation != self.here.id:
            raise UsageError(f"{deployment.id} belongs to another installation than {self.here}")
        return deployment

    def _require_here(self, service: str) -> None:
        if service not in self.config().services:
            raise UsageError(f"there is no service {service!r} in {self.here}")
        if owner := owners.of(self.store.redis, service):
            owners.refuse(service, owner, self.here)


def _leads_back(holder: Deployment, to: str | None) -> bool:
    """Whether an abort of the deployment under way makes the release live again that is meant."""
    before = holder.from_release.name if holder.from_release else None
    return holder.phase_record(Phase.SWITCH_TRAFFIC) is not None and to in (None, before)
