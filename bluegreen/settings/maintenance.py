"""The section of a service's maintenance."""

from pathlib import Path
from typing import Annotated

from pydantic import Field, field_validator

from bluegreen.deployment.errors import UsageError
from bluegreen.deployment.maintenance import checked_allowed
from bluegreen.settings.base import Settings


class MaintenanceSettings(Settings):
    """What users get while a maintenance is on, and who gets the application all the same."""

    #: the project's own page, HTML in UTF-8, in the workspace; `{message}` stands for the message in it
    page: Path | None = None
    #: seconds after which clients should come again
    retry_after: Annotated[int, Field(ge=1, le=30 * 86400)] = 300
    #: addresses and networks that are always allowed
    allow: tuple[str, ...] = ()

    @field_validator("allow")
    @classmethod
    def _addresses(cls, given: tuple[str, ...]) -> tuple[str, ...]:
        try:
            return checked_allowed(given)
        except UsageError as error:
            raise ValueError(error.what) from None
