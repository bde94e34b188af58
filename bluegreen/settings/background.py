"""Services of a release that have no traffic: workers, a scheduler, a consumer."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from bluegreen.settings.base import Settings

#: of a section; also the name of its compose service, where the section names no other
BackgroundName = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*$")]


class BackgroundSettings(Settings):
    """When one of them begins, and what may run beside it."""

    #: in `compose.files`; default: the section's own name
    service: str | None = None
    #: once the switch has held; or with the colour, before any user meets the version
    start: Literal["after_switch", "with_color"] = "after_switch"
    #: whether that of the old version may run beside it for a while; a beat's may not
    overlap: bool = True
    #: seconds for which it must run on before an old one ends for it, and before the deployment has succeeded
    bake_seconds: Annotated[float, Field(ge=0, le=86400)] = 5

    @model_validator(mode="after")
    def _has_a_time_of_its_own(self) -> Self:
        if self.start == "with_color" and not self.overlap:
            raise ValueError(
                'start = "with_color" has it run beside the old one: set overlap = true, or start = "after_switch"'
            )
        return self
