"""Who holds a port of this host."""

import contextlib

import psutil


def holder(port: int) -> psutil.Process | None:
    """The process that listens there; None where the system does not say."""
    # RuntimeError: on Windows a table that changes while it is read
    with contextlib.suppress(psutil.Error, OSError, RuntimeError):
        for each in psutil.net_connections("tcp"):
            if each.status == psutil.CONN_LISTEN and each.laddr and each.laddr.port == port and each.pid:
                return psutil.Process(each.pid)
    return None


def described(process: psutil.Process | None) -> str:
    """ "python3 (pid 4711)", or what can be said without its name."""
    if process is None:
        return "another process"
    try:
        return f"{process.name()} (pid {process.pid})"
    except psutil.Error:
        return f"pid {process.pid}"
