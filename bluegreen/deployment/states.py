"""The words for where a deployment stands."""

from enum import StrEnum


class Color(StrEnum):
    """The two places where a version can run; one is live, the other idle."""

    BLUE = "blue"
    GREEN = "green"

    @property
    def other(self) -> "Color":
        return Color.GREEN if self is Color.BLUE else Color.BLUE


class State(StrEnum):
    """The state of a deployment. Final states never change again."""

    #: enqueued, no worker has begun it
    QUEUED = "queued"
    #: a forward phase is running or about to
    RUNNING = "running"
    #: the new version is healthy, and goes on when somebody promotes it: no worker has it in hand
    AWAITING_PROMOTION = "awaiting_promotion"
    #: an undo phase is running or about to
    ROLLING_BACK = "rolling_back"
    #: the new version is live; an old one is stopped or removed
    SUCCEEDED = "succeeded"
    #: it failed, and a last look has not seen that users get less than before
    ROLLED_BACK = "rolled_back"
    #: the same, after somebody asked to stop
    ABORTED = "aborted"
    #: no worker began it in time: nothing was changed
    EXPIRED = "expired"
    #: the rollback could not finish, or a last look saw that users do not get what they should: a person is needed
    FAILED = "failed"

    @property
    def final(self) -> bool:
        return self in FINAL_STATES

    @property
    def words(self) -> str:
        """As a sentence has it: "rolled back"."""
        return self.value.replace("_", " ")


FINAL_STATES = frozenset({State.SUCCEEDED, State.ROLLED_BACK, State.ABORTED, State.EXPIRED, State.FAILED})


class Phase(StrEnum):
    """One step of a deployment; each is a Celery task named `deploy.<phase>` or `undo.<phase>`."""

    CHECKOUT = "checkout"
    DETERMINE_TARGET = "determine_target"
    DEPLOY_NEW_VERSION = "deploy_new_version"
    HEALTH_CHECK = "health_check"
    SWITCH_TRAFFIC = "switch_traffic"
    VERIFY_TRAFFIC = "verify_traffic"
    CLEANUP_OLD_VERSION = "cleanup_old_version"

    RESTORE_TRAFFIC = "restore_traffic"
    COLLECT_LOGS = "collect_logs"
    REMOVE_NEW_VERSION = "remove_new_version"

    @property
    def undoes(self) -> bool:
        return self in UNDO_PHASES

    @property
    def next(self) -> "Phase | None":
        """The phase that follows in the same chain; None after the last one."""
        chain = UNDO_PHASES if self.undoes else DEPLOY_PHASES
        following = chain.index(self) + 1
        return chain[following] if following < len(chain) else None


DEPLOY_PHASES = (
    Phase.CHECKOUT,
    Phase.DETERMINE_TARGET,
    Phase.DEPLOY_NEW_VERSION,
    Phase.HEALTH_CHECK,
    Phase.SWITCH_TRAFFIC,
    Phase.VERIFY_TRAFFIC,
    Phase.CLEANUP_OLD_VERSION,
)
#: users come first: the logs are still there once the old version serves again
UNDO_PHASES = (Phase.RESTORE_TRAFFIC, Phase.COLLECT_LOGS, Phase.REMOVE_NEW_VERSION)


class PhaseState(StrEnum):
    """How one phase of one deployment stands."""

    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
