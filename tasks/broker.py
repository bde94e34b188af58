"""Celery's connection to Redis, made to outlive a Redis that goes away, and one that refuses.

When it goes away while a task runs, kombu (5.7) closes the channel, and then, for each message that is not yet
acknowledged, asks the closed channel for a new connection: an AttributeError that ends the worker. An answer that
refuses ends it, too ("Unrecoverable error"): so here that is a connection lost, for which Celery knows to wait.
What becomes of messages matters little: the records, not the broker, say what is still to be done.
"""

from typing import Any

from kombu import transport
from kombu.transport import redis, virtual

from bluegreen.store.connection import BrokerClient
from bluegreen.store.refusals import Refused


class QoS(redis.QoS):
    """Has nothing to say to a Redis that its channel has lost, and no need of one that refuses."""

    def append(self, message: Any, delivery_tag: str) -> None:
        """Keep a message that is delivered, in Redis too, so that it is not lost with us; else here alone."""
        try:
            super().append(message, delivery_tag)  # type: ignore[no-untyped-call]
        except Refused:
            virtual.QoS.append(self, message, delivery_tag)  # type: ignore[no-untyped-call]

    def ack(self, delivery_tag: str) -> None:
        """Take the message out of Redis; where that cannot be, it stays there, and will be found to be stale."""
        if self._is_lost():
            return
        try:
            super().ack(delivery_tag)  # type: ignore[no-untyped-call]
        except Refused:
            # Unless it counts as done here, there is no room for the next one.
            virtual.QoS.ack(self, delivery_tag)  # type: ignore[no-untyped-call]

    def restore_unacked(self, client: Any = None) -> None:
        """Put back what was not finished, at a shutdown; what ran on a lost connection runs still."""
        if not self._is_lost():
            super().restore_unacked(client)  # type: ignore[no-untyped-call]

    def _is_lost(self) -> bool:
        return self.channel.connection is None or self.channel.connection.client is None


class Channel(redis.Channel):
    """With our QoS, and the connections of the settings: they know which Redis is the master."""

    QoS = QoS
    from_transport_options = (  # type: ignore[assignment]
        *redis.Channel.from_transport_options,
        "connection_class",
        "connection_class_ssl",
    )

    def _get_client(self) -> type[BrokerClient]:
        return BrokerClient


class Transport(redis.Transport):
    """With our channel."""

    Channel = Channel
    connection_errors = (*redis.Transport.connection_errors, Refused)


def register() -> None:
    """Afterwards every redis:// and rediss:// broker of this process is reached this way."""
    for scheme in ("redis", "rediss"):
        transport.TRANSPORT_ALIASES[scheme] = f"{__name__}:Transport"
