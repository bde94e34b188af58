"""The deploy host of the end-to-end tests."""

from tests.e2e.conftest import host, quiet_host

__all__ = ["host", "quiet_host"]
