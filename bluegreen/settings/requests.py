"""What settings say of a request of ours and of its answer."""

import re
from typing import Annotated

from pydantic import AfterValidator, Field


def _no_host(name: str) -> str:
    if name.lower() in ("host", "connection", "user-agent"):
        raise ValueError("is not for headers: host has a setting of its own, the others are ours")
    return name


def _absolute_path(path: str) -> str:
    if not path.startswith("/"):
        raise ValueError('should start with "/"')
    return path


def _readable(text: str) -> str:
    if not re.fullmatch(r"\d{3}(-\d{3})?(,\d{3}(-\d{3})?)*", text):
        raise ValueError('should read like "200-299" or "200,204"')
    return text


#: RFC 9110, 5.6.2 and 5.5
AnyHeaderName = Annotated[str, Field(pattern=r"^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}$")]
HeaderName = Annotated[AnyHeaderName, AfterValidator(_no_host)]
HeaderValue = Annotated[str, Field(pattern=r"^[\x20-\x7e]{0,1000}$")]
AbsolutePath = Annotated[str, AfterValidator(_absolute_path)]
#: good statuses, as "200-299" or "200,204"
Statuses = Annotated[str, AfterValidator(_readable)]


def accepts(statuses: str, status: int) -> bool:
    """Whether an answer with this status is a good one."""
    ranges = (part.partition("-") for part in statuses.split(","))
    return any(int(low) <= status <= int(high or low) for low, _, high in ranges)
