"""Who reaches a new version before its switch: by what no user's request has by accident. Pure."""

import re
from typing import Annotated, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, model_validator

from bluegreen.deployment.proxy import Condition
from bluegreen.settings.base import Settings
from bluegreen.settings.notifications import checked_url

#: what browsers, proxies and libraries send by themselves, or change on the way
_COMMON = re.compile(
    r"accept.*|access-.*|age|authorization|baggage|cache-.*|cdn-.*|cf-.*|connection|content-.*|cookie|date|dnt"
    r"|expect|forwarded|from|host|if-.*|keep-alive|max-forwards|origin|pragma|priority|proxy-.*|range|referer|sec-.*"
    r"|server|set-cookie|te|trace.*|trailer|transfer-.*|true-.*|upgrade.*|user-agent|via|warning"
    r"|x-(?:amz|b3|forwarded|real|request|requested|correlation|csrf)-?.*",
    re.IGNORECASE,
)
#: a value that is guessed, or sent for another reason, is shorter, or has less in it
LEAST_LENGTH, LEAST_CHARACTERS = 16, 8


def _no_common_header(name: str) -> str:
    if _COMMON.fullmatch(name):
        raise ValueError("is a header that requests have anyway: choose a name of its own, such as X-Preview")
    return name


def _hard_to_guess(value: str) -> str:
    if len(value) < LEAST_LENGTH or len(set(value.lower())) < LEAST_CHARACTERS:
        raise ValueError(
            f"a request could have that by accident: it needs {LEAST_LENGTH} characters, {LEAST_CHARACTERS} of "
            "them different; without it each deployment has a secret of its own"
        )
    return value


def _own_host(host: str) -> str:
    labels = host.lower().split(".")
    if len(labels) < 3 or labels[0] == "www" or labels[-1].isdigit():
        raise ValueError(
            "could be what users ask for: choose a name of three parts for previews alone, such as "
            "preview.example.org"
        )
    return ".".join(labels)


class PreviewSettings(Settings):
    """By what a request reaches the new version between its health check and the switch: one of three."""

    #: its name; nginx leaves out a header with an underscore
    header: Annotated[str, Field(pattern=r"^[A-Za-z0-9-]{1,100}$"), AfterValidator(_no_common_header)] | None = (
        None
    )
    cookie: Annotated[str, Field(pattern=r"^[A-Za-z0-9_]{1,100}$")] | None = None
    #: that the site's server answers to, beside its own
    host: Annotated[str, Field(pattern=r"^[A-Za-z0-9.-]{1,253}$"), AfterValidator(_own_host)] | None = None
    #: of the header or the cookie; without it each deployment has a secret of its own
    value: Annotated[str, Field(pattern=r"^[A-Za-z0-9._~-]{1,200}$"), AfterValidator(_hard_to_guess)] | None = None
    #: the site, as people reach it; by default the first proxy's `url`
    url: Annotated[str, AfterValidator(checked_url)] | None = None

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if sum(each is not None for each in (self.header, self.cookie, self.host)) != 1:
            raise ValueError("needs one of header, cookie and host")
        if self.host and self.value:
            raise ValueError("value goes with header or cookie; a host name is asked for as it is")
        return self

    def condition(self, secret: str | None) -> Condition:
        """What a request has to have. `secret`: of the deployment, in place of a value that is not set."""
        if self.header:
            return Condition("header", self.header, self.value or secret or "")
        if self.cookie:
            return Condition("cookie", self.cookie, self.value or secret or "")
        assert self.host, "it is one of three"
        return Condition("host", self.host)

    def opened_at(self, site: str | None) -> str | None:
        """The URL to open, where `site` is what the first proxy has; None where none is set."""
        url = self.url or site
        if self.host is None or self.url:
            return url
        parts = urlsplit(url or "http:")
        port = f":{parts.port}" if parts.port else ""
        return f"{parts.scheme}://{self.host}{port}/"
