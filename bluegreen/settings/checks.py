"""Requests that must be answered as they say for a deployment to go on."""

from typing import Annotated, Literal

from pydantic import Field

from bluegreen.settings.base import Settings
from bluegreen.settings.requests import AbsolutePath, AnyHeaderName, HeaderName, HeaderValue, Statuses


class CheckSettings(Settings):
    """One request, and what its answer must be. Host and other headers are those of `health` as well."""

    #: to the new version itself before the switch, and to the site through each proxy's `url` after it
    at: Annotated[tuple[Literal["before_switch", "after_switch"], ...], Field(min_length=1)] = (
        "before_switch",
        "after_switch",
    )
    method: Literal["GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"] = "GET"
    path: AbsolutePath = "/"
    headers: dict[HeaderName, HeaderValue] = {}
    status: Statuses = "200-299"
    #: what each of these headers of the answer must contain
    expect_headers: dict[AnyHeaderName, HeaderValue] = {}
    #: what its body must contain
    expect_body: Annotated[str, Field(min_length=1)] | None = None
    #: what its body, which is JSON, must have at each of these places: "database.ok", "items.0.name"
    expect_json: dict[Annotated[str, Field(min_length=1)], bool | int | float | str] = {}
    #: seconds for the answer
    timeout: Annotated[float, Field(gt=0, le=600)] = 5

    @property
    def label(self) -> str:
        """How messages call it."""
        return f"{self.method} {self.path}"
