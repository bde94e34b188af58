"""The ports of this host for colours that are derived: those of the config file, where it has any."""

from bluegreen.deployment.states import Color
from bluegreen.settings.service import ServiceSettings

LOOPBACK = "127.0.0.1"


class HostPorts:
    """Of one service."""

    def __init__(self, service: ServiceSettings) -> None:
        self._service = service
        #: of this host, at which a colour's port is published
        self.addresses: tuple[str, ...] = (LOOPBACK,)

    def of(self, color: Color) -> int | None:
        """The colour's; None where nothing needs one."""
        return self._service.ports.of(color) if self._service.ports else None
