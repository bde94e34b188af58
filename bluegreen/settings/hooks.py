"""Commands that are run at certain points of a deployment."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from bluegreen.deployment.hooks import HookPoint
from bluegreen.settings.base import Settings


class HookSettings(Settings):
    """A command that must end well for the deployment to go on."""

    at: HookPoint
    #: the program and its arguments
    command: Annotated[tuple[str, ...], Field(min_length=1)]
    #: in a one-off container of the release's image, or in its folder as its process; or on this host
    where: Literal["release", "host"] = "release"
    #: seconds until it is ended
    timeout: Annotated[float, Field(gt=0, le=86400)] = 600

    @model_validator(mode="after")
    def _has_a_place(self) -> Self:
        if self.at is HookPoint.BEFORE_BUILD and self.where == "release":
            raise ValueError('before_build comes before the release has an image: set where = "host"')
        return self
