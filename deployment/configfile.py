"""Reads bluegreen.toml. Every complaint is one line: the file, the path of the key, what is wrong with it."""

import tomllib
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from deployment import installation, refs
from deployment.complaints import complaints
from deployment.errors import ConfigError, UsageError
from deployment.settings import Config, Service


def load(path: Path, state_root: Path | None = None) -> Config:
    """The checked config, its relative paths taken from the file's folder. Raises ConfigError.

    `state_root`: see `installation.folder_of`.
    """
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ConfigError(
            f"there is no config file {path}",
            advice="Write one (see README.md), or name it with --config or BLUEGREEN_CONFIG.",
        ) from None
    except OSError as error:
        raise ConfigError(f"cannot read the config file {path}: {error.strerror or error}") from None
    except (ValueError, RecursionError) as error:  # TOML's own error and that of UTF-8 are ValueErrors
        raise ConfigError(f"{path} is not TOML: {error}") from None
    try:
        return parse(values).located(path.parent.absolute(), installation.folder_of(path, state_root))
    except ConfigError as error:
        what = "\n".join(f"{path}: {line}" for line in error.what.splitlines())
        raise ConfigError(what, error.saw, error.advice) from None


def parse(values: dict[str, Any]) -> Config:
    """The config in these values, or ConfigError with one line for each wrong key, which begins with its path."""
    try:
        config = Config.model_validate(values)
    except ValidationError as error:
        raise ConfigError("\n".join(complaints(error))) from None
    for name in config.services:
        try:
            refs.checked_service(name)
        except UsageError as error:
            raise ConfigError(f"services: {error.what}", advice=error.advice) from None
    return config


def service_of(config: Config, name: str) -> Service:
    """The service of that name, or UsageError with the known ones."""
    if name not in config.services:
        known = ", ".join(sorted(config.services))
        raise UsageError(f"there is no service {name!r}", advice=f"Known services: {known}.")
    return config.services[name]
