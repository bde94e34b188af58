"""Who may what: the roles of those who ask. Redis's users have them, by the keys that each may write. Pure."""

from enum import StrEnum
from typing import Literal

#: those that can promote
Promoter = Literal["deploy", "promote", "all"]


class Role(StrEnum):
    """From the least to the most."""

    #: reads, and asks for nothing
    LOOK = "look"
    #: deploys, and aborts
    DEPLOY = "deploy"
    #: decides what users get: promotes, rolls back, turns a maintenance on and off
    PROMOTE = "promote"
    #: asks for anything
    ALL = "all"

    def suffices_for(self, needed: "Role") -> bool:
        """Whether it is that role, or a larger one."""
        roles = list(Role)
        return roles.index(self) >= roles.index(needed)
