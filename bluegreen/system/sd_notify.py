"""What systemd is told of a service of its Type=notify (sd_notify(3)); nothing where no systemd has started us."""

import contextlib

from bluegreen.system import environment, platform

#: the words of the protocol
READY, STOPPING, WATCHDOG = "READY=1", "STOPPING=1", "WATCHDOG=1"
#: by which systemd says where to; what we start would be taken for us
VARIABLES = ("NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID")


def notify(state: str) -> None:
    """Send it, if anybody wants to know. One that is not there any more is no error of ours."""
    path = environment.notify_socket()
    if path:
        with contextlib.suppress(OSError):
            platform.send_datagram(f"\0{path[1:]}" if path.startswith("@") else path, state.encode())
