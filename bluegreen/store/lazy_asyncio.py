"""Leaves redis-py's asyncio half aside, which it imports at once and which nothing here uses.

That is a quarter of the time that `import redis` takes, at each start of a command. The half is loaded as soon as
anybody asks for something of it.
"""

import importlib.util
import sys
from types import ModuleType
from typing import Any

NAME = "redis.asyncio"


class LazyPackage(ModuleType):
    """Stands for a package whose submodules can be imported, and that loads itself when it is used."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        if sys.modules.get(NAME) is self:
            del sys.modules[NAME]
        return getattr(importlib.import_module(NAME), name)


def install() -> None:
    """Afterwards `import redis` leaves the asyncio half aside; nothing happens where it was imported already."""
    if NAME in sys.modules or "redis" in sys.modules:
        return
    if not (spec := importlib.util.find_spec("redis")) or not spec.submodule_search_locations:
        return
    package = LazyPackage(NAME)
    package.__path__ = [f"{each}/asyncio" for each in spec.submodule_search_locations]
    package.__spec__ = importlib.util.spec_from_file_location(
        NAME, None, submodule_search_locations=package.__path__
    )
    sys.modules[NAME] = package
