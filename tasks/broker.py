"""Celery's connection to Redis, made to outlive a Redis that goes away.

When it does while a task runs, kombu (5.7) closes the channel, and then, for each message that is not yet
acknowledged, asks the closed channel for a new connection: an AttributeError that ends the worker. What
becomes of such messages matters little here: the records, not the broker, say what is still to be done.
"""

from typing import Any

from kombu import transport
from kombu.transport import redis


class QoS(redis.QoS):
    """Has nothing to say to a Redis that its channel has lost."""

    def ack(self, delivery_tag: str) -> None:
        """Take the message out of Redis; one of a lost connection stays there, and will be found to be stale."""
        if not self._is_lost():
            super().ack(delivery_tag)  # type: ignore[no-untyped-call]

    def restore_unacked(self, client: Any = None) -> None:
        """Put back what was not finished, at a shutdown; what ran on a lost connection runs still."""
        if not self._is_lost():
            super().restore_unacked(client)  # type: ignore[no-untyped-call]

    def _is_lost(self) -> bool:
        return self.channel.connection is None or self.channel.connection.client is None


class Channel(redis.Channel):
    """With our QoS."""

    QoS = QoS


class Transport(redis.Transport):
    """With our channel."""

    Channel = Channel


def register() -> None:
    """Afterwards every redis:// and rediss:// broker of this process is reached this way."""
    for scheme in ("redis", "rediss"):
        transport.TRANSPORT_ALIASES[scheme] = f"{__name__}:Transport"
