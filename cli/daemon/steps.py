"""The steps by which a service manager gets a service; each can be shown before it is done."""

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from bluegreen.deployment.errors import CommandFailed, UsageError
from bluegreen.deployment.machine import Output
from bluegreen.system import platform
from bluegreen.system.programs import run

#: seconds for one call of a service manager, beyond what the program may take to stop
TIMEOUT = 60.0
ADMINISTRATOR = "Services belong to the system: run it as root (sudo), or as an administrator."


class Step(Protocol):
    """One of the classes below, or of `cli.daemon.windows`; as a text, what it will do."""

    def do(self) -> None: ...


@dataclass(frozen=True)
class Write:
    """Afterwards the file has this text; a secret one is for its owner, the system and these accounts alone."""

    path: Path
    text: str
    secret: bool = False
    readers: tuple[str, ...] = ()

    def __str__(self) -> str:
        text = "(holds passwords, so it is not shown)" if self.secret else self.text.rstrip()
        return f"write {self.path}\n{_indent(text)}"

    def do(self) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        if self.secret:
            self.path.touch(mode=0o600)
            self.path.chmod(0o600)
            if command := platform.to_make_private(self.path, *self.readers):
                RunProgram(command).do()
        self.path.write_text(self.text, encoding="utf-8", newline="\n")


@dataclass(frozen=True)
class MakeFolder:
    """Afterwards the folder is there."""

    path: Path

    def __str__(self) -> str:
        return f"make the folder {self.path}"

    def do(self) -> None:
        self.path.mkdir(parents=True, exist_ok=True)


@dataclass(frozen=True)
class Copy:
    """Afterwards `target` is a copy of `source`, also where that has only just ended; its folder is made."""

    source: Path
    target: Path

    def __str__(self) -> str:
        return f"copy {self.source} to {self.target}"

    def do(self) -> None:
        self.target.parent.mkdir(parents=True, exist_ok=True)
        beside = self.target.with_name(f"{self.target.name}.new")
        shutil.copyfile(self.source, beside)
        platform.replace(beside, self.target)


@dataclass(frozen=True)
class Remove:
    """Afterwards there is no such file."""

    path: Path

    def __str__(self) -> str:
        return f"remove {self.path}"

    def do(self) -> None:
        platform.remove(self.path)


@dataclass(frozen=True)
class RunProgram:
    """Run a command. One that may fail asks for what may be so already."""

    arguments: tuple[str, ...]
    may_fail: bool = False
    #: seconds that the program itself may take in it
    patience: float = 0
    secret: bool = False

    def __str__(self) -> str:
        shown = self.arguments[:4] if self.secret else self.arguments
        return f"run {' '.join(shown)}{' (passwords)' if self.secret else ''}"

    def do(self) -> None:
        try:
            output = run(self.arguments, timeout=TIMEOUT + self.patience)
        except CommandFailed as error:
            if self.may_fail:
                return
            # its own words repeat the arguments
            raise (CommandFailed(f"{self} did not end well") if self.secret else error) from None
        if output.status != 0 and not self.may_fail:
            raise CommandFailed(f"{self} ended with status {output.status}", text_of(output))


def text_of(output: Output) -> str:
    """Its last words. NSSM writes UTF-16, which is full of zero bytes where UTF-8 is expected."""
    return output.text.replace("\0", "").strip()[-1000:]


def perform(steps: list[Step]) -> None:
    """Do them in order. UsageError when this user may not; CommandFailed when a service manager refuses."""
    for step in steps:
        try:
            step.do()
        except OSError as error:
            raise UsageError(
                f"cannot {str(step).splitlines()[0]}: {error.strerror or error}", advice=ADMINISTRATOR
            ) from error


def _indent(text: str) -> str:
    return "\n".join(f"    {line}".rstrip() for line in text.splitlines())
