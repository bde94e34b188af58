"""The points of a deployment at which commands of the config file are run. Pure."""

from enum import StrEnum


class HookPoint(StrEnum):
    """When a hook runs; a bad end of one undoes the deployment."""

    #: the release is known, and nothing of it is built or pulled
    BEFORE_BUILD = "before_build"
    #: the database is as the live version left it
    BEFORE_MIGRATE = "before_migrate"
    #: the new version is healthy, and no user has met it
    BEFORE_SWITCH = "before_switch"
    #: users meet the new version
    AFTER_SWITCH = "after_switch"

    @property
    def knows_new_version(self) -> bool:
        """Whether the new version answers by then."""
        return self in (HookPoint.BEFORE_SWITCH, HookPoint.AFTER_SWITCH)
