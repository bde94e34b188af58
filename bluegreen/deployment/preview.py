"""The new version before its switch, for whoever asks for it. Pure."""

from typing import Annotated, Literal

from msgspec import Meta
from msgspec.structs import force_setattr

from bluegreen.deployment.redaction import presentable
from bluegreen.deployment.value import Value

#: of the site: whoever opens it with the secret behind it gets the cookie, and is sent to the site
LINK = "/.bluegreen/preview/"
#: in place of what only the deploy host knows
ELSEWHERE = "VALUE"


class Preview(Value, frozen=True):
    """How the new version is reached through the proxies, beside the live one."""

    by: Literal["header", "cookie", "host"]
    #: of the header or the cookie; or the host itself
    name: Annotated[str, Meta(pattern=r"\A[A-Za-z0-9._-]{1,253}\Z")]
    #: of this deployment alone, and worth nothing once it is over. None: of a host, or the config file has a value
    secret: Annotated[str, Meta(pattern=r"\A[0-9a-f]{32}\Z")] | None = None
    #: where the site is found; None: nobody has said
    url: str | None = None
    #: every proxy has it; until then some may
    is_open: bool = False

    def __post_init__(self) -> None:
        if self.url:
            force_setattr(self, "url", presentable(self.url))

    @property
    def words(self) -> str:
        """How to ask for it, as a command, or as the URL to open."""
        url, value = self.url or "URL-OF-THE-SITE", self.secret or ELSEWHERE
        known = "" if self.secret else f"   ({ELSEWHERE}: preview.value in the config file of the deploy host)"
        if self.by == "header":
            return f"curl -H '{self.name}: {value}' {url}{known}"
        return f"{_root(url)}{LINK}{value}{known}" if self.by == "cookie" else url


def _root(url: str) -> str:
    """Without its path."""
    scheme, mark, rest = url.rpartition("://")
    return f"{scheme}{mark}{rest.partition('/')[0]}"
