"""What every section of bluegreen.toml has in common."""

from pydantic import BaseModel, ConfigDict


class Settings(BaseModel):
    """A section of the file: unknown keys are refused, values never change."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)
