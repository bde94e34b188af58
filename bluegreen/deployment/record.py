"""The record of one deployment: all that is known of it, frozen, as it stands in Redis."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta
from msgspec.structs import force_setattr

from bluegreen.deployment import names
from bluegreen.deployment.approval import Approval
from bluegreen.deployment.hooks import HookPoint
from bluegreen.deployment.last_look import LastLook
from bluegreen.deployment.preview import Preview
from bluegreen.deployment.receipt import Receipt
from bluegreen.deployment.redaction import presentable
from bluegreen.deployment.states import Color, Phase, PhaseState, State
from bluegreen.deployment.value import Value


def now() -> datetime:
    """This moment in UTC, to the millisecond: what records and events show."""
    moment = datetime.now(UTC)
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


ReleaseName = Annotated[str, Meta(pattern=names.RELEASE)]


class Release(Value, frozen=True):
    """What is deployed."""

    #: unique for the service; an image tag, a word on a command line and in an nginx file: whoever can write to
    #: Redis must not get more than such a word there
    name: ReleaseName
    ref: str | None = None
    #: names a folder on the deploy host
    commit: Annotated[str, Meta(pattern=r"\A[0-9a-f]{4,64}\Z")] | None = None
    #: what the compose file calls its image, the Engine's id of it, and the registry's digest where it has one.
    #: They are shown, no more: what is started is what the deploy host's own file says
    image: str | None = None
    image_id: str | None = None
    image_digest: str | None = None

    @property
    def ref_of_it_alone(self) -> str:
        """By which it is deployed again: a branch may mean something else by now."""
        return self.commit or self.ref or self.name

    @property
    def published(self) -> str | None:
        """What a registry calls its image, whatever the image's name: `sha256:…`."""
        return self.image_digest.rpartition("@")[2] if self.image_digest else None


class Failure(Value, frozen=True):
    """Why a deployment did not succeed, as three sentences: what happened, what was seen, what to do."""

    phase: Phase
    what: str
    saw: str = ""
    advice: str = ""

    def __post_init__(self) -> None:
        for name in ("what", "saw", "advice"):
            force_setattr(self, name, presentable(getattr(self, name)))


class PhaseRecord(Value, frozen=True):
    """How one phase went. `seconds` counts from its first start to its end, restarts included."""

    name: Phase
    state: PhaseState
    started: datetime
    seconds: float | None = None
    message: str = ""
    #: how often it was begun: Celery retries and take-overs both count
    attempts: int = 1
    #: how often a worker died in it
    takeovers: int = 0

    def __post_init__(self) -> None:
        force_setattr(self, "message", presentable(self.message))


#: how Redis has fields that had another shape once, under their own names: such a record is read without them
WRITTEN_AS = {"retired_by_switch": "switch_retired", "retired_by_rollback": "rollback_retired"}


class Deployment(Value, frozen=True, kw_only=True, rename=WRITTEN_AS):
    """One attempt to make a release live. Written only by `bluegreen.store.deployments`, by compare-and-set."""

    id: str
    service: str
    #: the id of the installation that it belongs to: only its workers do anything about it
    installation: str
    kind: Literal["deploy", "rollback", "redeploy"] = "deploy"
    ref: str | None = None
    #: the release that a rollback is to, where that was said; else it is the one before the live one
    wanted_release: ReleaseName | None = None
    #: releases whose migrations do not go back, and a rollback goes back over all the same; and why
    crossed: tuple[ReleaseName, ...] = ()
    anyway: str | None = None
    requested_by: str
    #: where it was asked for, such as the page of a Jenkins build
    request_url: str | None = None
    #: the message that asked for it, where one did
    request_id: str | None = None
    requested_at: datetime
    #: the time of the schedule that it is for
    scheduled_for: datetime | None = None
    #: the freeze that it was asked for in, and why all the same
    freeze_passed: str | None = None
    #: by Redis's clock: what no worker has begun by then expires
    starting_deadline: datetime | None = None
    finished_at: datetime | None = None

    state: State = State.QUEUED
    phase: Phase | None = Phase.CHECKOUT
    #: larger for each deployment of a service; stands in every proxy file
    generation: int
    #: the fencing number: raised by each take-over and by the turn to rolling back
    epoch: int = 1
    #: raised by each write
    revision: int = 1

    #: by what the site's nginx speaks to the colours; only by HTTP can we ask them, too
    protocol: Literal["http", "grpc", "uwsgi", "fastcgi", "scgi"] = "http"
    from_color: Color | None = None
    to_color: Color | None = None
    from_release: Release | None = None
    release: Release | None = None

    phases: tuple[PhaseRecord, ...] = ()
    error: Failure | None = None
    #: problems that did not decide the ending
    warnings: tuple[str, ...] = ()
    abort_requested_by: str | None = None
    #: that it waits for a person's word after its health check, and who gave it; None: it does not wait
    approval: Approval | None = None
    #: it was asked to have users get the maintenance page while its migrations run and it switches
    under_maintenance: bool = False
    #: when it has turned that page on, and off; by Redis's clock
    maintenance_since: datetime | None = None
    maintenance_until: datetime | None = None
    #: the release's migrations have run
    migrated: bool = False
    #: some of them may have run that do not go back
    irreversible: bool = False
    #: what the live version answered as it must before the migrations, by name; None: it was not asked
    well_before: tuple[Annotated[str, Meta(pattern=r"\A(health|checks\.[0-9]{1,4})\Z")], ...] | None = None
    #: the migrations broke the live version, and `migrate.back` has begun: this deployment does not go on
    migrates_back: bool = False
    #: why it is to go on all the same where they break the live version
    live_check_overridden: str | None = None
    #: the points whose hooks have all ended well
    passed_hooks: tuple[HookPoint, ...] = ()
    #: the target colour has begun to change: there is something to remove
    started: bool = False
    #: the old colour has begun to stop: from here the only way is forward
    past_point_of_no_return: bool = False
    #: what the switch has retired, as the router gave it; the drain ends when that is gone
    retired_by_switch: Mapping[str, str] = {}
    #: a proxy may lead whoever asks for it to the new version; the switch and the rollback take it back
    preview: Preview | None = None
    #: what its first opening has retired; the same for a rollback that has no other
    retired_by_preview: Mapping[str, str] = {}
    #: seconds for which the old version's last requests were waited for
    drain_seconds: float | None = None
    #: a proxy may have taken up the new version's file: from here on a rollback gives it the old one's
    switch_started: bool = False
    #: the sections of the background services that belong to it
    background: tuple[str, ...] = ()
    #: a rollback to what served before the first deployment, which was adopted: it has undo phases alone
    to_adopted: bool = False
    #: background services may run from before it
    retires_background: bool = False
    #: the containers of those that it has asked to end, noted before the first; an undo starts them again, as far
    #: as they are what the host itself takes for such a service
    retired_background: tuple[Annotated[str, Meta(pattern=r"\A[A-Za-z0-9][A-Za-z0-9_.-]*\Z")], ...] = ()
    #: what the rollback has retired; the same for its drain
    retired_by_rollback: Mapping[str, str] = {}
    #: the SHA-256 of each proxy's file as it was before. A rollback puts that text back, whatever the config says
    #: by then; the text itself the host keeps (`nginx/file/kept.py`)
    previous_files: Mapping[str, Annotated[str, Meta(pattern=r"\A[0-9a-f]{64}\Z")]] = {}
    #: what the users' requests came to while the traffic was turned over; None until then
    receipt: Receipt | None = None
    #: what users got as it ended; None until then, and where no worker came to look
    last_look: LastLook | None = None

    def __post_init__(self) -> None:
        force_setattr(self, "warnings", tuple(map(presentable, self.warnings)))
        for name in (
            "requested_by",
            "request_url",
            "freeze_passed",
            "anyway",
            "live_check_overridden",
            "abort_requested_by",
        ):
            if text := getattr(self, name):
                force_setattr(self, name, presentable(text))

    def phase_record(self, phase: Phase) -> PhaseRecord | None:
        return next((each for each in self.phases if each.name is phase), None)

    def with_phase(self, changed: PhaseRecord) -> "Deployment":
        """The record with this phase's entry replaced, or added at the end."""
        entries = [changed if each.name is changed.name else each for each in self.phases]
        if self.phase_record(changed.name) is None:
            entries.append(changed)
        return self.with_(phases=tuple(entries))

    def shown(self) -> dict[str, Any]:
        """As `--json` prints it: what is written, with the sums of the receipt."""
        written: dict[str, Any] = msgspec.to_builtins(self)
        if self.receipt:
            written["receipt"] |= self.receipt.sums
        return written

    def shown_as_json(self) -> str:
        """The same, as one line."""
        return msgspec.json.encode(self.shown()).decode()

    @property
    def label(self) -> str:
        """How a sentence calls what it deploys."""
        if self.release:
            return self.release.name
        if self.kind == "rollback":
            return self.wanted_release or "the release before"
        if self.kind == "redeploy":
            return "the live release"
        return self.ref or "the workspace as it is"

    @property
    def asked_by(self) -> str:
        """Who asked, and where that can be looked at."""
        return f"{self.requested_by} ({self.request_url})" if self.request_url else self.requested_by

    @property
    def asked(self) -> str:
        """The same as a part of a sentence, with the words by which a freeze or migrations were passed over."""
        freeze = f", in a freeze: {self.freeze_passed}" if self.freeze_passed else ""
        crossing = f", {self.crossing}" if self.crossed else ""
        why = self.live_check_overridden
        broken = f", whatever the migrations do to the live version: {why}" if why else ""
        return f"asked for by {self.asked_by}{freeze}{crossing}{broken}"

    @property
    def crossing(self) -> str:
        """Over which migrations it goes back, and why all the same; empty where there are none."""
        return f"over the migrations of {', '.join(self.crossed)}: {self.anyway}" if self.crossed else ""

    @property
    def seconds(self) -> float:
        """From the request to the end, or to this moment."""
        return ((self.finished_at or now()) - self.requested_at).total_seconds()
