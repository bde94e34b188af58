"""What differs between Windows and the other systems: all of it, and nowhere else."""

import contextlib
import errno
import os
import select
import signal
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from shutil import copyfile, copystat, rmtree
from shutil import which as searched
from typing import TYPE_CHECKING, Any, TextIO

if TYPE_CHECKING:
    import psutil

#: seconds to wait for whoever has a file open that is to be replaced: Windows refuses it meanwhile
PATIENCE = 2.0

if sys.platform == "win32":
    import _winapi

    import psutil
    import pywintypes
    import win32api
    import win32job

    #: the signals that ask a program to end
    POLITE_SIGNALS: tuple[signal.Signals, ...] = (signal.SIGINT, signal.SIGBREAK)
    #: what a broken pipe to the Docker Engine raises, beside OSError
    PIPE_ERRORS: tuple[type[Exception], ...] = (pywintypes.error,)
    #: how the system says that a port is taken
    PORT_TAKEN = {errno.EADDRINUSE, errno.EACCES}
    #: of our standard output and error; None leaves it to the user's locale
    OUTPUT_ENCODING: str | None = "utf-8"
    #: what makes a file a program
    ENDINGS = os.environ.get("PATHEXT") or ".COM;.EXE;.BAT;.CMD"
    #: for the programs that we start, unless told otherwise: what they write is read as UTF-8, but Python would
    #: write to a file in the code page
    ENVIRONMENT = {"PYTHONUTF8": "1"}
    #: whether nginx has a folder built in, in which its relative paths begin; else it is the current folder
    NGINX_HAS_PREFIX = False
else:
    POLITE_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    PIPE_ERRORS = ()
    PORT_TAKEN = {errno.EADDRINUSE}
    OUTPUT_ENCODING = None
    ENVIRONMENT: dict[str, str] = {}
    NGINX_HAS_PREFIX = True


def is_windows() -> bool:
    return sys.platform == "win32"


def shares_network_with_docker() -> bool:
    """Whether a local Engine's networks are this host's; elsewhere a virtual machine lies between."""
    return sys.platform == "linux"


def apart() -> dict[str, Any]:
    """What Popen needs so that a Ctrl-C meant for us does not reach the child."""
    if sys.platform == "win32":
        return {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP | subprocess.CREATE_NO_WINDOW}
    return {"start_new_session": True}


def outliving() -> dict[str, Any]:
    """What Popen needs so that the child lives on after us, also after `end_children_with_us`."""
    if sys.platform == "win32":
        # not DETACHED_PROCESS: a console program that it starts would open a window, with no console to be in
        flags = subprocess.CREATE_NEW_PROCESS_GROUP | subprocess.CREATE_NO_WINDOW
        return {"creationflags": flags | (subprocess.CREATE_BREAKAWAY_FROM_JOB if _is_bound else 0)}
    return {"start_new_session": True}


_is_bound = False


def end_children_with_us() -> None:
    """From now on, what we start ends with us, even when we are killed; not what is `outliving`.

    Only Windows can do that. Elsewhere `bluegreen.system.programs.end_leftovers` finds it later.
    """
    if sys.platform == "win32":
        global _is_bound
        job = win32job.CreateJobObject(None, "")
        kind = win32job.JobObjectExtendedLimitInformation
        limits = win32job.QueryInformationJobObject(job, kind)
        limits["BasicLimitInformation"]["LimitFlags"] = (
            win32job.JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE | win32job.JOB_OBJECT_LIMIT_BREAKAWAY_OK
        )
        win32job.SetInformationJobObject(job, kind, limits)
        win32job.AssignProcessToJobObject(job, win32api.GetCurrentProcess())
        # Never closed by us: we are in the job ourselves, and it ends when its last handle is closed.
        job.Detach()
        _is_bound = True


def found(program: str, environment: Mapping[str, str]) -> str:
    """The program as Popen needs it: on Windows with its .exe or .cmd, which only a shell would add.

    Raises FileNotFoundError there when it is not on the PATH: Windows itself would look around for it.
    """
    if sys.platform == "win32":
        search = next((value for name, value in environment.items() if name.upper() == "PATH"), None)
        where = which(program, search)
        if where is None:
            raise FileNotFoundError(errno.ENOENT, "it is not on the PATH", program)
        return where
    return program


def which(program: str, search: str | None = None) -> str | None:
    """Where the program is: on the search path (else our own PATH), or where it says itself; None: nowhere.

    Windows would look into the current folder first. That may be a repository's, with anybody's docker.bat in it.
    """
    if sys.platform == "win32":
        return in_folders(program, os.environ.get("PATH", "") if search is None else search, ENDINGS)
    return searched(program, path=search)


def in_folders(program: str, search: str, endings: str) -> str | None:
    """The first file of that name, with one of the endings, in an absolute folder of the search path."""
    known = [each.lower() for each in endings.split(os.pathsep) if each]
    names = [program] if program.lower().endswith(tuple(known)) else [program + each for each in known]
    if Path(program).name != program:
        candidates = [Path(name) for name in (*names, program)]
    else:
        folders = [Path(each.strip('"')) for each in search.split(os.pathsep)]
        candidates = [folder / name for folder in folders if folder.is_absolute() for name in names]
    return next((str(each) for each in candidates if each.is_file()), None)


class HeldOpen(PermissionError):
    """Windows refused it all the while that we waited: another program has the file open."""


def replace(beside: Path, path: Path) -> None:
    """Put `beside`, a file or a folder, in the place of `path` in one step. HeldOpen when that stays open."""
    _patiently(lambda: beside.replace(path), path)


def take_after(beside: Path, path: Path) -> None:
    """Give `beside` the owner, the mode and the access list of the file in whose place it will be put.

    Where there is none yet, everybody may read it, whatever the umask; so they may where the system does not let
    us give a file away: who owned the old one must be able to read on. On Windows the folder's list holds.
    """
    if sys.platform != "win32":
        try:
            there = path.stat()
        except FileNotFoundError:
            beside.chmod(0o644)
            return
        copystat(path, beside)
        for owner in ((there.st_uid, there.st_gid), (-1, there.st_gid)):
            with contextlib.suppress(PermissionError):
                os.chown(beside, *owner)
                break
        ours = beside.stat()
        is_kept = (ours.st_uid, ours.st_gid) == (there.st_uid, there.st_gid)
        beside.chmod(stat.S_IMODE(there.st_mode) | (0 if is_kept else 0o044))


def make_readable(folder: Path) -> None:
    """Make the folder, and those around it, for everybody to read, whatever the umask; one that is there stays."""
    if folder.is_dir():
        return
    make_readable(folder.parent)
    folder.mkdir(exist_ok=True)
    folder.chmod(0o755)


def write_down(folder: Path) -> None:
    """Afterwards a power cut takes back no change of names in the folder, as far as its file system has a say.

    Windows lets nobody open a folder: there it has some seconds to write them down by itself.
    """
    if sys.platform != "win32":
        with contextlib.suppress(OSError):
            opened = os.open(folder, os.O_RDONLY)
            try:
                os.fsync(opened)
            finally:
                os.close(opened)


def remove(path: Path) -> None:
    """Remove the file, if it is there. HeldOpen when it stays open."""
    _patiently(lambda: path.unlink(missing_ok=True), path)


def remove_tree(folder: Path, patience: float = 0.0) -> None:
    """Remove the folder as far as the system lets us within those seconds, however long the paths in it are."""
    long = Path(rf"\\?\{folder.absolute()}") if sys.platform == "win32" else folder
    deadline = time.monotonic() + patience
    rmtree(long, ignore_errors=True)
    while sys.platform == "win32" and long.exists() and time.monotonic() < deadline:
        time.sleep(0.05)
        rmtree(long, ignore_errors=True)


def link(target: Path, place: Path) -> None:
    """Afterwards the file or folder can be read under the other path too.

    Windows lets few users make such links: there it is a junction for a folder, a copy of a file.
    """
    if sys.platform != "win32":
        place.symlink_to(target)
    elif target.is_dir():
        _winapi.CreateJunction(str(target), str(place))
    else:
        copyfile(target, place)


def _patiently(change: Callable[[], object], path: Path) -> None:
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            change()
            return
        except PermissionError as error:
            if sys.platform != "win32":
                raise
            if time.monotonic() > deadline:
                why = f"another program has it open, an editor or a virus scanner perhaps ({error.strerror})"
                raise HeldOpen(error.errno, why, str(path)) from error
            time.sleep(0.05)


def read_at(file: int, offset: int, length: int) -> bytes:
    """That part of an open file. On Windows a program that writes to it goes on behind what was read."""
    if sys.platform == "win32":
        os.lseek(file, offset, os.SEEK_SET)
        return os.read(file, length)
    return os.pread(file, length, offset)


def can_listen(port: int, address: str = "") -> bool:
    """Whether a server could listen there now, "" being any address of IPv4; True too when we may not try."""
    with contextlib.suppress(OSError), _trial(address) as trial:
        if sys.platform == "win32":
            # otherwise it would share the port with its holder
            trial.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
        else:
            # as servers do: connections of an ended one, still in TIME_WAIT, do not matter
            trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind((address, port))
            trial.listen(1)
        except OSError as error:
            return error.errno not in PORT_TAKEN
    return True


def has_address(address: str) -> bool:
    """Whether a server of this host could listen at it, on some port; True too when we may not try."""
    with contextlib.suppress(OSError), _trial(address) as trial:
        try:
            trial.bind((address, 0))
        except OSError as error:
            return error.errno != errno.EADDRNOTAVAIL
    return True


def _trial(address: str) -> socket.socket:
    """A socket of the address's family; OSError where the system does not have it."""
    trial = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET)
    if trial.family == socket.AF_INET6:
        trial.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
    return trial


def is_ours(process: "psutil.Process") -> bool:
    """Whether our user runs it; on Windows whoever lets us look into it counts."""
    if sys.platform == "win32":
        return True
    return bool(process.uids().real == os.getuid())


def is_console_host(process: "psutil.Process") -> bool:
    """Whether Windows put it beside a program with a console; it has that one's environment, and ends with it."""
    if sys.platform == "win32":
        with contextlib.suppress(psutil.Error, OSError):
            return Path((process.cmdline() or [""])[0]).name.lower() == "conhost.exe"
    return False


def state_roots() -> tuple[Path, ...]:
    """Folders for files of ours that must outlive us: the person's own, then that of a systemd service."""
    import platformdirs  # few commands need it

    own = platformdirs.user_state_path("bluegreen", appauthor=False)
    return (own,) if sys.platform == "win32" else (own, Path("/var/lib/bluegreen"))


def owns(path: Path) -> bool:
    """Whether a file is our user's; Windows' folder for temporary files is each user's own."""
    if sys.platform == "win32":
        return True
    return path.stat().st_uid == os.getuid()


def session(pid: int) -> int | None:
    """The process that leads its session; None where there are none (Windows)."""
    if sys.platform != "win32":
        with contextlib.suppress(OSError):
            return os.getsid(pid)
    return None


@dataclass(frozen=True)
class Service:
    """A service of Windows, as its service manager has it."""

    #: running, stop_pending, stopped and the like
    state: str
    account: str
    #: the command line that it runs
    binary: str


def service(name: str) -> Service | None:
    """The service of that name; None when there is none, as ever where the system is not Windows."""
    if sys.platform == "win32":
        try:
            found = psutil.win_service_get(name)
            return Service(found.status(), found.username(), found.binpath())
        except psutil.NoSuchProcess:
            return None
        except psutil.AccessDenied as error:
            raise PermissionError(errno.EACCES, "access is denied", name) from error
    return None


def version_in(program: str, product: str) -> tuple[int, ...] | None:
    """The four numbers of a program file's version; None when it has none, or is another product's.

    Only files of Windows have one. The program is not run for it, which could open a window.
    """
    if sys.platform == "win32":
        try:
            language, page = win32api.GetFileVersionInfo(program, r"\VarFileInfo\Translation")[0]
            name = rf"\StringFileInfo\{language:04X}{page:04X}\ProductName"
            if not str(win32api.GetFileVersionInfo(program, name)).startswith(product):
                return None
            numbers = win32api.GetFileVersionInfo(program, "\\")
        except pywintypes.error:
            return None
        both = [numbers["FileVersionMS"], numbers["FileVersionLS"]]
        return tuple(half & 0xFFFF for each in both for half in (each >> 16, each))
    return None


def to_make_private(path: Path, *accounts: str) -> tuple[str, ...]:
    """What to run so that a file is for us, the system, its administrators and these accounts alone.

    Nothing where the file's mode does it.
    """
    if sys.platform == "win32":
        named = [psutil.Process().username(), *(each.removeprefix(".\\") for each in accounts)]
        # the system and the administrators by number: their names are translated; the system's is in `accounts` as
        # LocalSystem, which is not a name
        kept = ["*S-1-5-18", "*S-1-5-32-544", *(each for each in named if each != "LocalSystem")]
        return ("icacls", str(path), "/inheritance:r", "/grant:r", *(f"{each}:F" for each in kept))
    return ()


def is_read(output: TextIO) -> bool:
    """Whether somebody may still read what we write there, as far as the system says: Windows does not."""
    if sys.platform == "win32":
        return True
    poll = select.poll()
    poll.register(output.fileno(), 0)
    return not any(event & (select.POLLERR | select.POLLNVAL) for _, event in poll.poll(0))


def send_datagram(path: str, data: bytes) -> None:
    """Send it to a socket of this host's file system; Windows has none. OSError when nobody is there."""
    if sys.platform != "win32":
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
            sender.sendto(data, path)
