"""Values that this host keeps, each in a file of its own that nobody else reads or writes."""

from pathlib import Path
from typing import TypeVar

from bluegreen.deployment.errors import BlueGreenError, PhaseFailed
from bluegreen.deployment.value import Unreadable, Value
from bluegreen.system import private_files

V = TypeVar("V", bound=Value)


def read(
    path: Path, kind: type[V], *, says: str, advice: str, refusal: type[BlueGreenError] = PhaseFailed
) -> V | None:
    """What the file says; None where there is none.

    Where it cannot be read: the refusal, with what it `says` as the end of a sentence, and the advice.
    """
    try:
        return kind.from_json(path.read_bytes())
    except FileNotFoundError:
        return None
    except (OSError, Unreadable) as error:
        raise refusal(f"cannot read {path}, which says {says}", str(error), advice) from error


def write(path: Path, value: Value) -> None:
    """Replace the file as a whole: a reader, or a kill, sees the old value or the new one. PhaseFailed else."""
    try:
        private_files.write(path, value.as_json())
    except OSError as error:
        raise PhaseFailed(
            f"cannot write {path}: {error.strerror or error}",
            advice="The worker needs a writable folder with room on its disk.",
        ) from error
