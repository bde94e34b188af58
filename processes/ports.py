"""Whether a port of this host is free, and who holds it."""

import contextlib
import errno
import socket
import sys

import psutil

IN_USE = {errno.EADDRINUSE, errno.EACCES} if sys.platform == "win32" else {errno.EADDRINUSE}


def is_free(port: int) -> bool:
    """Whether a server could listen there now. A port that we lack the right to try counts as free."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as attempt:
        if sys.platform == "win32":
            attempt.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
        else:
            # as servers do: connections of an ended one, still in TIME_WAIT, are no hindrance
            attempt.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            attempt.bind(("", port))
        except OSError as error:
            return error.errno not in IN_USE
    return True


def holder(port: int) -> psutil.Process | None:
    """The process that listens there; None where the system does not tell us."""
    with contextlib.suppress(psutil.Error, OSError):
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
