"""The last look of a deployment: what users get as it ends. Nothing is said of that which was not looked at."""

from msgspec.structs import force_setattr

from bluegreen.deployment.redaction import presentable
from bluegreen.deployment.value import Value

NOT_TAKEN = "what users get was not looked at"


class LastLook(Value, frozen=True):
    """What was seen when nothing was left to be done."""

    #: whether users get what they should: the new version after a success, after a rollback what was there before.
    #: None: nobody could look, or the version that is right is live and does not answer
    serves: bool | None
    #: what was seen, or why nobody could look, as a part of a sentence: "the old version serves (blue v1 answers)"
    what: str

    def __post_init__(self) -> None:
        force_setattr(self, "what", presentable(self.what))


def seen(look: LastLook | None) -> str:
    """What the look has seen, as a part of a sentence."""
    return look.what if look else NOT_TAKEN
