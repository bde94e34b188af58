"""Reads bluegreen.toml. Every problem is one line: the file, the path of the key, what is wrong with it."""

import codecs
import tomllib
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from bluegreen.deployment import names
from bluegreen.deployment.errors import ConfigError, UsageError
from bluegreen.settings.problems import problems
from bluegreen.settings.service import Config, ServiceSettings
from bluegreen.system import state_folder


def load(path: Path, state_root: Path | None = None) -> Config:
    """The checked config, its relative paths taken from the file's folder. Raises ConfigError.

    `state_root`: see `installation.folder_of`.
    """
    try:
        values = tomllib.loads(_text(path.read_bytes()))
    except FileNotFoundError:
        raise ConfigError(
            f"there is no config file {path}",
            advice="Write one (see docs/own-project.md), or name it with --config or BLUEGREEN_CONFIG.",
        ) from None
    except OSError as error:
        raise ConfigError(f"cannot read the config file {path}: {error.strerror or error}") from None
    except UnicodeDecodeError as error:
        raise ConfigError(
            f"{path} is not UTF-8: {error}", advice="Save it as UTF-8, with or without a BOM."
        ) from None
    except (ValueError, RecursionError) as error:  # TOML's own error is a ValueError
        raise ConfigError(f"{path} is not TOML: {error}") from None
    try:
        return parse(values).locate(path.parent.absolute(), state_folder.path_of(path, state_root))
    except ConfigError as error:
        what = "\n".join(f"{path}: {line}" for line in error.what.splitlines())
        raise ConfigError(what, error.saw, error.advice) from None


def _text(content: bytes) -> str:
    """What is written there, as Windows' own tools save a text, too. Raises UnicodeDecodeError."""
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return content.decode("utf-16")
    if (zero := content.find(0)) >= 0:  # UTF-16 that does not say so
        raise UnicodeDecodeError("utf-8", content, zero, zero + 1, "there is a NUL")
    return content.decode("utf-8-sig")


def parse(values: dict[str, Any]) -> Config:
    """The config in these values, or ConfigError with one line for each wrong key, which begins with its path."""
    try:
        config = Config.model_validate(values)
    except ValidationError as error:
        raise ConfigError("\n".join(problems(error))) from None
    for name in config.services:
        try:
            names.checked_service(name)
        except UsageError as error:
            raise ConfigError(f"services: {error.what}", advice=error.advice) from None
    return config


def service_of(config: Config, name: str) -> ServiceSettings:
    """The service of that name, or UsageError with the known ones."""
    if name not in config.services:
        known = ", ".join(sorted(config.services))
        raise UsageError(f"there is no service {name!r}", advice=f"Known services: {known}.")
    return config.services[name]
