"""An installation: a config file on a host. Its id parts what belongs to it from what belongs to others."""

from typing import Annotated

from msgspec import Meta

from bluegreen.deployment.value import Value


class Installation(Value, frozen=True):
    """Who announces services, and to whom a deployment belongs."""

    #: made once: names of hosts change and repeat
    id: Annotated[str, Meta(pattern=r"\A[0-9a-f]{8}\Z")]
    #: for people: the host's name when it was made, and the path of the config file
    host: str
    config: str

    def __str__(self) -> str:
        return f"{self.host} ({self.config})"
