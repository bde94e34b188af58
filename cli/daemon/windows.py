"""Steps of Windows' service manager, which may answer long before it has done what it was asked for."""

import time
from dataclasses import dataclass

from bluegreen.deployment.errors import CommandFailed
from bluegreen.deployment.machine import Output
from bluegreen.system import platform
from bluegreen.system.programs import run
from cli.daemon.steps import TIMEOUT, text_of

#: seconds between two looks at a service
POLL = 0.2
#: seconds that a removed service has to be gone
GONE_WITHIN = 15.0
ADVICE = "Run it as an administrator, with no window of services.msc open, which would keep hold of the service."


@dataclass(frozen=True)
class Stop:
    """Stop a service, if it runs: afterwards its program has ended."""

    name: str
    #: seconds that the program may take
    patience: float

    def __str__(self) -> str:
        return f"run net stop {self.name}, and wait until it has stopped, up to {self.patience:g} s"

    def do(self) -> None:
        if _state(self.name) == "stopped":
            return
        asked = run(("net", "stop", self.name), timeout=TIMEOUT + self.patience)
        deadline = time.monotonic() + self.patience
        while (state := _state(self.name)) != "stopped":
            if time.monotonic() > deadline or (asked.status != 0 and state != "stop_pending"):
                raise _refusal(f"{self.name} does not stop", asked)
            time.sleep(POLL)


@dataclass(frozen=True)
class Unregister:
    """Have the manager remove a service, if there is one of that name: afterwards there is none."""

    name: str
    arguments: tuple[str, ...]

    def __str__(self) -> str:
        return f"run {' '.join(self.arguments)}, and see that {self.name} is gone"

    def do(self) -> None:
        if platform.service(self.name) is None:
            return
        asked = run(self.arguments, timeout=TIMEOUT)
        deadline = time.monotonic() + GONE_WITHIN
        while platform.service(self.name) is not None:
            if time.monotonic() > deadline or asked.status != 0:
                raise _refusal(f"{self.name} is still there", asked)
            time.sleep(POLL)


def _state(name: str) -> str:
    """What is not there runs as little as what has stopped."""
    found = platform.service(name)
    return found.state if found else "stopped"


def _refusal(what: str, asked: Output) -> CommandFailed:
    return CommandFailed(what, text_of(asked), ADVICE)
