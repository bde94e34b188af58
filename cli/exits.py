"""Exit statuses of a command that waits for a deployment, and the end of its process."""

import contextlib
import os
import sys
import threading
from enum import IntEnum
from typing import NoReturn

from bluegreen.deployment.states import State


class ExitStatus(IntEnum):
    """What a script, or Jenkins, can tell from the exit status alone."""

    #: the new version is live
    SUCCEEDED = 0
    #: rolled back or aborted, and a last look saw nothing wrong for users; or expired
    ROLLED_BACK = 1
    #: wrong usage or config; nothing was changed
    USAGE = 2
    #: another deployment holds the lock, or the service is in a freeze
    REFUSED = 3
    #: the rollback could not finish, or users do not get what they should: a person is needed
    FAILED = 4
    #: the wait ran out, or nobody drives it; the deployment goes on
    WAIT_RAN_OUT = 5
    #: it waits for a promotion, and the command does not wait with it any longer
    AWAITS_PROMOTION = 6


#: of `logs` that somebody has ended by Ctrl-C, or by closing what reads it: as of any program that SIGINT ends
INTERRUPTED = 130


def of_state(state: State) -> ExitStatus:
    """The exit status for a deployment in this state."""
    if state is State.SUCCEEDED:
        return ExitStatus.SUCCEEDED
    if state in (State.ROLLED_BACK, State.ABORTED, State.EXPIRED):
        return ExitStatus.ROLLED_BACK
    if state is State.AWAITING_PROMOTION:
        return ExitStatus.AWAITS_PROMOTION
    return ExitStatus.FAILED if state is State.FAILED else ExitStatus.WAIT_RAN_OUT


def leave(status: int) -> NoReturn:
    """End this process; at once, unless a thread of it still works.

    To free all that was imported, object by object, takes a tenth of a second, and nobody needs it. A worker that
    is asked to restart (SIGHUP) does so at the interpreter's own end; the thread of its sweep keeps that in place.
    """
    for stream in filter(None, (sys.stdout, sys.stderr)):  # there is none where it was closed (`>&-`)
        with contextlib.suppress(OSError, ValueError):  # nobody reads it any more
            stream.flush()
    if threading.active_count() == 1:
        os._exit(status)
    sys.exit(status)
