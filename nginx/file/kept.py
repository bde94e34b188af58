"""The texts of a service's proxy files that this host keeps: what stood there before, and what was last confirmed.

Redis has no more of them than a hash: who can write there chooses nothing that an nginx will read.
"""

import hashlib
import re
import time
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from bluegreen import failpoints
from bluegreen.deployment.cancellation import Cancellation
from bluegreen.deployment.errors import PhaseFailed
from bluegreen.system import platform, private_files
from bluegreen.system.locks import exclusive


class Kept:
    """In a folder of the service's own, for its worker's user alone to read."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._saved = folder / "saved"
        self._confirmed = folder / "confirmed"
        self._lost = folder / "lost"

    def save(self, texts: Mapping[str, str], cancellation: Cancellation) -> dict[str, str]:
        """Keep these texts, in place of all that were saved before; the hashes by which `saved` has them.

        PhaseFailed when they cannot be written.
        """
        digests = {name: _hash(text) for name, text in texts.items()}
        with self._in_hand(cancellation):
            for name, digest in digests.items():
                _write(self._saved / digest, texts[name])
            self._remove_all_but(digests.values())
        return digests

    def saved(self, digest: str) -> str | None:
        """The text of that hash; None where this host does not have it."""
        text = _read(self._saved / digest)
        return text if text is not None and _hash(text) == digest else None

    def prune(self, cancellation: Cancellation) -> None:
        """Let go of all that was saved."""
        with self._in_hand(cancellation):
            self._remove_all_but(())

    def confirm(self, label: str, text: str) -> None:
        """Keep the text as what the proxy of that label was last seen to serve. PhaseFailed when it cannot be."""
        _write(self._confirmed / _file_name(label), text)

    def confirmed(self, label: str) -> str | None:
        """That text; None where the proxy was never switched from here."""
        return _read(self._confirmed / _file_name(label))

    def note_loss(self, label: str) -> None:
        """Keep that the proxy's file was gone with its container at this moment. PhaseFailed when it cannot be."""
        _write(self._lost / _file_name(label), label)

    def lost_since(self, label: str) -> float | None:
        """Seconds since that was noted last; None where it never was."""
        with suppress(OSError):
            return max(0.0, time.time() - (self._lost / _file_name(label)).stat().st_mtime)
        return None

    @contextmanager
    def _in_hand(self, cancellation: Cancellation) -> Iterator[None]:
        """A worker that was taken over from must not take its successor's texts away."""
        with exclusive(self._folder / "texts.lock", cancellation=cancellation):
            cancellation.check()
            yield

    def _remove_all_but(self, digests: Collection[str]) -> None:
        with failpoints.around("prune texts"), suppress(OSError):  # what stays goes the next time
            for file in self._saved.iterdir():
                if file.name not in digests:
                    platform.remove(file)


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()


def _file_name(label: str) -> str:
    """A label may be a path."""
    word = re.sub(r"[^A-Za-z0-9]+", "-", label)[-60:].strip("-")
    return f"{word}-{_hash(label)[:8]}"


def _write(path: Path, text: str) -> None:
    try:
        with failpoints.around("keep text"):
            private_files.write(path, text)
    except OSError as error:
        raise PhaseFailed(
            f"cannot write {path}: {error.strerror or error}",
            advice="The worker needs a writable folder with room on its disk.",
        ) from error


def _read(path: Path) -> str | None:
    try:
        with path.open(encoding="utf-8", errors="surrogateescape", newline="") as file:
            return file.read()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise PhaseFailed(f"cannot read {path}: {error}") from error
