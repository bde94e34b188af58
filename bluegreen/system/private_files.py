"""Files and folders of our own that nobody else is to read or to write."""

import hmac
import os
import secrets
import stat
from pathlib import Path
from typing import BinaryIO

from bluegreen.deployment.errors import PhaseFailed
from bluegreen.system import platform


def write(path: Path, text: str) -> None:
    """Replace the file as a whole, folders made where they are missing; a kill or a power cut leaves one of both.

    OSError when it cannot be written.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    beside = path.with_name(f"{path.name}.new")
    platform.remove(beside)  # what a kill has left
    opened = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(opened, "w", encoding="utf-8", errors="surrogateescape", newline="") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    platform.replace(beside, path)
    platform.write_down(path.parent)


def emptied(path: Path) -> BinaryIO:
    """The file, with nothing in it, to append to: those who share it never write over each other's lines."""
    opened = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND, 0o600)
    path.chmod(0o600)  # one that was there has the mode that it had
    return os.fdopen(opened, "ab")


def has_folder(path: Path) -> bool:
    """Whether there is such a folder, made now where nothing is, that nobody else has made or can write to."""
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        found = path.lstat()
    except OSError:
        return False
    others_write = found.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
    return stat.S_ISDIR(found.st_mode) and platform.owns(path) and (platform.is_windows() or not others_write)


def secret_of(name: str, key_file: Path) -> str:
    """A secret of 128 bits that belongs to the name and the key, which is made where there is none yet.

    PhaseFailed when the key cannot be kept.
    """
    try:
        if not key_file.exists():
            write(key_file, secrets.token_hex(32))
        return hmac.new(key_file.read_bytes(), name.encode(), "sha256").hexdigest()[:32]
    except OSError as error:
        raise PhaseFailed(
            f"cannot keep a key in {key_file}: {error.strerror or error}",
            advice="The worker needs a writable folder with room on its disk.",
        ) from error
