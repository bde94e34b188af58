"""What is known of the static files of a service: a file of this host's, below its state folder."""

from pathlib import Path

from bluegreen import failpoints
from bluegreen.deployment.value import Value
from bluegreen.system import value_files

#: in an order, what lay in the folder before and was not ours; no release has such a name
FORMER = "."


class Known(Value, frozen=True):
    """All that the file says."""

    #: whose files count, the first one that has a path; releases by their names
    order: tuple[str, ...] = (FORMER,)
    #: the deployment that has changed the order last, and how it was before
    deployment_id: str | None = None
    before: tuple[str, ...] = (FORMER,)
    #: the paths of the folder that may be ours
    written: tuple[str, ...] = ()

    def changed_by(self, deployment_id: str) -> "Known":
        """The same, with the way back of this deployment."""
        if self.deployment_id == deployment_id:
            return self
        known: Known = self.with_(deployment_id=deployment_id, before=self.order)
        return known


def load(path: Path) -> Known:
    """What is known; nothing where there is no file yet. PhaseFailed where it cannot be read."""
    advice = "Restore it, or move it away: then all that lies in the folder counts as yours."
    return value_files.read(path, Known, says="which static files are of which release", advice=advice) or Known()


def save(path: Path, known: Known) -> None:
    """Replace it as a whole. PhaseFailed where that is impossible."""
    with failpoints.around("note static files"):
        value_files.write(path, known)
