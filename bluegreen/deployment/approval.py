"""What holds a deployment after its health check until a person lets it go on. Pure."""

from datetime import datetime, timedelta
from typing import Literal

from msgspec.structs import force_setattr

from bluegreen.deployment.redaction import presentable
from bluegreen.deployment.value import Value

#: who has promoted what nobody did, by the time that the settings give
BY_TIMEOUT = "approval.on_timeout"


class Approval(Value, frozen=True):
    """The wait for a promotion: how long it lasts, what ends it, and who did."""

    #: seconds, and what happens then
    timeout: float
    on_timeout: Literal["abort", "promote"] = "abort"
    #: by Redis's clock; None until it waits
    waiting_since: datetime | None = None
    promoted_by: str | None = None
    promoted_at: datetime | None = None
    #: why, in that person's words
    message: str | None = None
    #: the freeze that it was promoted in, and why all the same
    freeze_passed: str | None = None

    def __post_init__(self) -> None:
        for name in ("promoted_by", "message", "freeze_passed"):
            if text := getattr(self, name):
                force_setattr(self, name, presentable(text))

    @property
    def is_given(self) -> bool:
        return self.promoted_by is not None

    @property
    def until(self) -> datetime | None:
        """When the wait ends by itself, by Redis's clock; None before it has begun."""
        return self.waiting_since and self.waiting_since + timedelta(seconds=self.timeout)

    @property
    def words(self) -> str:
        """Who promoted it and why, as a part of a sentence."""
        message = f": {self.message}" if self.message else ""
        freeze = f", in a freeze: {self.freeze_passed}" if self.freeze_passed else ""
        return f"promoted by {self.promoted_by}{message}{freeze}"
