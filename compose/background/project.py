"""The background services of one colour: a Compose project of their own, which no request reaches."""

from dataclasses import replace

from bluegreen.deployment.states import Color
from bluegreen.settings.service import ComposeSettings, ServiceSettings
from compose.background.derive import BackgroundWish, derived_background
from compose.project.color_file import ColorFile
from compose.project.color_files import ColorFiles
from compose.project.color_project import ColorProject, Wanted


class BackgroundFiles(ColorFiles):
    """Their file, derived from the project's own."""

    def __init__(
        self, service_name: str, service: ServiceSettings, settings: ComposeSettings, color: Color
    ) -> None:
        super().__init__(service_name, service, settings, color)
        self.project = replace(self.project, name=f"{self.project.name}-background")

    def _derived(self, file: ColorFile) -> ColorFile:
        services = self.service.background_services
        return derived_background(
            file,
            BackgroundWish(
                name=self.project.name,
                application=self.settings.service,
                overlap={services[name]: each.overlap for name, each in self.service.background.items()},
                has_migrations=self.service.migrate is not None,
            ),
        )


class BackgroundProject(ColorProject):
    """None of its services is the colour's own.

    It shares its lock with that of the other colour: while one worker begins a service, no other begins one.
    """

    def __init__(self, files: BackgroundFiles) -> None:
        super().__init__(files)
        self._lock = files.service.state_folder / "background.lock"

    def document(self, wanted: Wanted) -> str:
        """What Compose is given to have them run."""
        return self._given(self.files.of(wanted.release, wanted.deployment_id), wanted, {})
