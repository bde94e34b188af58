"""A Windows of the tests' own: a fresh Wine prefix, and the Windows Python that setup.sh has made."""

import os
import shutil
import subprocess
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path

from cli.demo.servers import Server

ROOT = Path(__file__).parents[2]
PARTS = Path(__file__).with_name("windows.env")
#: seconds for Wine itself to start or end
PATIENCE = 60
#: seconds for what a program that has ended has left in the pipe
LAST_WORDS = 5


class Wine:
    """Runs Windows programs while the `with` block runs; afterwards none of them is left.

    What they write goes through a pipe: a Windows Python under Wine cannot write to a file that it inherited.
    """

    def __init__(self, folder: Path, parts: Mapping[str, str]) -> None:
        self.prefix = folder / "prefix"
        self.exe = parts["WINDOWS_PYTHON"]
        self._template = parts["WINE_PREFIX"]
        self._pipes: list[subprocess.Popen[bytes]] = []
        ours = ("DISPLAY", "BLUEGREEN_", "PYTHON")
        self.env = {
            **{name: value for name, value in os.environ.items() if not name.startswith(ours)},
            "WINEPREFIX": str(self.prefix),
            "WINEARCH": "win64",
            "WINEDEBUG": "-all",
            "WINEDLLOVERRIDES": "mscoree=;mshtml=",
            "PYTHONPATH": windows_path(ROOT),
            # goes to the front of Windows' PATH; a folder with a space in its name, as Docker Desktop's has one
            "WINEPATH": windows_path(Path(self.exe).parent / "Docker stand-in"),
            "PYTHONDONTWRITEBYTECODE": "1",
        }

    def __enter__(self) -> "Wine":
        shutil.copytree(self._template, self.prefix, symlinks=True)
        self._server = subprocess.Popen(["wineserver", "--foreground"], env=self.env, stdin=subprocess.DEVNULL)
        # As long as this one runs, Wine's own services stay up, and none of them holds another program's pipe.
        self._keeper = subprocess.Popen(
            ["wine", self.exe, "-c", "import sys; print('up', flush=True); sys.stdin.read()"],
            env=self.env,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        assert self._keeper.stdout is not None and self._keeper.stdout.readline().strip() == b"up"
        return self

    def __exit__(self, *_: object) -> None:
        subprocess.run(["wineserver", "--kill"], env=self.env, timeout=PATIENCE, check=False)
        for process in (self._keeper, self._server, *self._pipes):
            process.communicate(timeout=PATIENCE)
        shutil.rmtree(self.prefix, ignore_errors=True)

    def run(
        self, *arguments: str, timeout: float, env: Mapping[str, str] | None = None
    ) -> "subprocess.CompletedProcess[str]":
        """Run the Windows Python with these arguments to its end; output and error output come back as one.

        A console of Wine that has lost its last program may live on, and hold the pipe: its end is not waited for.
        """
        process = subprocess.Popen(
            ["wine", self.exe, *arguments],
            env={**self.env, **(env or {})},
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        written: list[bytes] = []
        reading = threading.Thread(target=_read, args=(process, written), daemon=True)
        reading.start()
        try:
            status = process.wait(timeout)
        finally:
            process.kill()
        reading.join(LAST_WORDS)
        text = b"".join(written).decode("utf-8", "replace").replace("\r\n", "\n")
        return subprocess.CompletedProcess(arguments, status, text)

    def start(self, arguments: Sequence[str], log: Path, env: Mapping[str, str]) -> "subprocess.Popen[bytes]":
        """The Windows Python, running, its output added to the log. To kill it is what TerminateProcess does."""
        process = subprocess.Popen(
            ["wine", self.exe, *arguments],
            env={**self.env, **env},
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        with log.open("ab") as file:
            pipe = subprocess.Popen(["cat"], stdin=process.stdout, stdout=file, start_new_session=True)
        self._pipes.append(pipe)
        assert process.stdout is not None
        process.stdout.close()
        return process


def _read(process: "subprocess.Popen[bytes]", written: list[bytes]) -> None:
    assert process.stdout is not None
    with process.stdout as pipe:
        while piece := os.read(pipe.fileno(), 65536):
            written.append(piece)


class WindowsServer(Server):
    """A program of the Windows Python as a `Server`: it takes longer to start there."""

    start_timeout = 60.0

    def __init__(self, wine: Wine, arguments: Sequence[str], log: Path, env: dict[str, str]) -> None:
        super().__init__(arguments, log, env)
        self.wine = wine

    def start(self) -> None:
        self.process = self.wine.start(self.arguments, self.log, self.env or {})


def windows_path(path: Path) -> str:
    """As Windows programs see a path of this machine."""
    return "Z:" + str(path.absolute()).replace("/", "\\")


def parts() -> dict[str, str]:
    """What setup.sh has written down; empty before it ran."""
    lines = PARTS.read_text("utf-8").split() if PARTS.exists() else []
    return dict(line.split("=", 1) for line in lines)
