"""The base of all values that are written down: they never change."""

from typing import Any, Self

from pydantic import BaseModel, ConfigDict


class Frozen(BaseModel):
    """A value that never changes; `with_` makes the changed copy."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    def with_(self, **changes: Any) -> Self:
        return self.model_copy(update=changes)
