"""The store's suite runs on a real Redis and on the one in memory that the unit tests have: it cannot lie."""

from tests.redises import redis

__all__ = ["redis"]
