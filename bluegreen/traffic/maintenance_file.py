"""The maintenance of a service that is on, as this host keeps it: by that, every proxy's file is written."""

from dataclasses import dataclass
from pathlib import Path

from bluegreen import failpoints
from bluegreen.deployment.errors import PhaseFailed
from bluegreen.deployment.maintenance import Maintenance
from bluegreen.deployment.value import Unreadable
from bluegreen.settings.service import ServiceSettings
from bluegreen.system import platform, private_files

#: the header by which our own probes reach the application
PROBE_HEADER = "X-Bluegreen-Probe"


@dataclass(frozen=True)
class MaintenanceFile:
    """In the service's state folder, for the worker's user alone to read."""

    path: Path

    @classmethod
    def of(cls, settings: ServiceSettings) -> "MaintenanceFile":
        """That of the service."""
        return cls(settings.state_folder / "maintenance.json")

    def read(self) -> Maintenance | None:
        """What is on; None where nothing is. PhaseFailed where that cannot be read."""
        try:
            return Maintenance.from_json(self.path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return None
        except (OSError, UnicodeError, Unreadable) as error:
            raise PhaseFailed(
                f"cannot read {self.path}: {error}",
                advice="It says which maintenance is on. Delete it, and turn the maintenance on or off.",
            ) from error

    def write(self, maintenance: Maintenance | None) -> None:
        """Afterwards this one is on, or none. PhaseFailed when that cannot be written."""
        try:
            with failpoints.around("write maintenance"):
                if maintenance is None:
                    platform.remove(self.path)
                else:
                    private_files.write(self.path, maintenance.as_json())
        except OSError as error:
            raise PhaseFailed(
                f"cannot write {self.path}: {error.strerror or error}",
                advice="The worker needs a writable folder with room on its disk.",
            ) from error
