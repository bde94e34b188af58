"""The maintenance of a service that is on, as this host keeps it: by that, every proxy's file is written."""

from dataclasses import dataclass
from pathlib import Path

from bluegreen import failpoints
from bluegreen.deployment.errors import PhaseFailed
from bluegreen.deployment.maintenance import Maintenance
from bluegreen.settings.service import ServiceSettings
from bluegreen.system import platform, value_files

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
        advice = "Delete it, and turn the maintenance on or off."
        return value_files.read(self.path, Maintenance, says="which maintenance is on", advice=advice)

    def write(self, maintenance: Maintenance | None) -> None:
        """Afterwards this one is on, or none. PhaseFailed when that cannot be written."""
        with failpoints.around("write maintenance"):
            if maintenance is not None:
                value_files.write(self.path, maintenance)
                return
            try:
                platform.remove(self.path)
            except OSError as error:
                raise PhaseFailed(
                    f"cannot delete {self.path}: {error.strerror or error}",
                    advice="Let the worker's user write in its folder.",
                ) from error
