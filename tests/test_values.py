"""What rooms hand to each other never changes in another's hands."""

import dataclasses
import importlib
import pkgutil
from collections.abc import Iterator

import msgspec
import pytest

pytestmark = pytest.mark.unit

ROOMS = ("bluegreen.deployment", "bluegreen.settings", "bluegreen.store", "bluegreen.traffic", "nginx.config")


def classes() -> Iterator[type]:
    for room in ROOMS:
        for module in pkgutil.iter_modules(importlib.import_module(room).__path__, f"{room}."):
            found = vars(importlib.import_module(module.name)).values()
            yield from (each for each in found if isinstance(each, type) and each.__module__ == module.name)


def test_values_cannot_be_changed() -> None:
    values = {each: each.__struct_config__.frozen for each in classes() if issubclass(each, msgspec.Struct)}
    values |= {
        each: each.__dataclass_params__.frozen  # type: ignore[attr-defined]
        for each in classes()
        if dataclasses.is_dataclass(each)
    }

    assert len(values) > 40 and not [each.__qualname__ for each, frozen in values.items() if not frozen]
