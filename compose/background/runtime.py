"""Background services of a release as Compose services, those of each colour in a Compose project of their own."""

import contextlib
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path

from docker import DockerClient
from docker.errors import NotFound
from docker.models.containers import Container

from bluegreen.deployment.cancellation import Cancellation
from bluegreen.deployment.errors import NotRunning
from bluegreen.deployment.record import Release
from bluegreen.deployment.runtime import Instance, Weakness
from bluegreen.deployment.states import Color
from bluegreen.parallel import at_once
from bluegreen.settings.service import ServiceSettings
from bluegreen.system.log_lines import LOOKED_AT, folded
from compose import instances, preflight
from compose.background.project import BackgroundFiles, BackgroundProject
from compose.engine.client import engine
from compose.engine.present import present
from compose.images.releases import Images
from compose.instances import FOLDER_LABEL, SERVICE_LABEL
from compose.printed import container_lines, printed
from compose.project import commands, volumes
from compose.project.color_file import ColorService
from compose.project.color_project import Wanted
from compose.project.document import DEPLOYMENT_LABEL


class ComposeBackground:
    """Implements `deployment.background.Background` for colours that are derived from `compose.files`."""

    def __init__(self, name: str, service: ServiceSettings) -> None:
        if service.compose is None:
            raise ValueError(f"services.{name} has no [compose]")
        self.name = name
        self.service = service
        self.settings = service.compose
        self._projects = {
            color: BackgroundProject(BackgroundFiles(name, service, self.settings, color)) for color in Color
        }
        role = commands.own_service(name, self.settings)
        self._images = Images(name, role, service.state_folder, self.settings.build_timeout)

    def preflight(
        self, color: Color, release: Release | None = None, deployment_id: str | None = None
    ) -> Collection[Weakness]:
        """Raise PhaseFailed unless they can be derived, and what they need is there."""
        project = self._projects[color]
        file = project.files.of(release, deployment_id)
        with engine() as client:
            found = present(client)
        preflight.check_project_is_ours(found, project.name, project.folder)
        preflight.check_networks(found, file, self.settings.files)
        preflight.check_dependencies(found, file, self.settings.files)
        volumes.expect_external(file)
        services = [ColorService(name, definition) for name, definition in file.services.items()]
        return [
            weakness for each in services for weakness in preflight.weaknesses(file.path, each, "its jobs wait")
        ]

    def adaptations(self) -> Sequence[str]:
        """Of blue, which stands for either."""
        origin = self._projects[Color.BLUE].files.of().origin if self.service.background else None
        return origin.changes if origin else ()

    def start(
        self,
        color: Color,
        release: Release,
        deployment_id: str,
        names: Collection[str],
        cancellation: Cancellation,
    ) -> None:
        """By `up` of those that this deployment has not made yet."""
        project = self._projects[color]
        with engine() as client:
            found = instances.find(client, project.name)
        services = self.service.background_services
        missing = [services[name] for name in names if not _is_made(found, services[name], deployment_id)]
        if not missing:
            return
        file = project.files.of(release, deployment_id)
        wanted = Wanted(release, deployment_id, self._images.tags(file, color, release))
        timeout = self.settings.up_timeout + sum(map(instances.grace_of, found))
        arguments = [*commands.up(), "--no-deps", *missing]
        project.change("up background", arguments, wanted, timeout, cancellation)

    def look(self, color: Color) -> Mapping[str, Sequence[Instance]]:
        """All containers of each: a service may have several."""
        found = self._found(color)
        return {name: [instances.instance_of(each.attrs) for each in there] for name, there in found.items()}

    def logs(self, color: Color, name: str, lines: int = 60) -> str:
        """Of the container that runs least well."""
        found = sorted(self._found(color)[name], key=_is_well)
        log = printed(found[0], most=LOOKED_AT) if found else ""
        return folded(log, lines)

    def log_lines(self, color: Color, name: str, lines: int, follow: bool) -> Iterator[str | None]:
        """What the Engine has of the container that runs least well. NotRunning without one."""
        found = sorted(self._found(color).get(name, ()), key=_is_well)
        if not found:
            raise NotRunning(
                f"{self.name}: {color} has no container of {name}",
                advice=f"What there is: bluegreen ps {self.name}",
            )
        yield from container_lines(str(found[0].name), lines, follow)

    def former(self, color: Color) -> Mapping[str, str | None]:
        """What runs of the other colour's Compose project, and of these services in the project itself."""
        sections = {service: name for name, service in self.service.background_services.items()}
        with engine() as client:
            running = [each for each in self._former(client, color) if each.attrs["State"]["Running"]]
        return {str(each.name): sections.get(each.labels[SERVICE_LABEL]) for each in running}

    def end(self, color: Color, containers: Collection[str], cancellation: Cancellation) -> None:
        """Each with the grace that it was made with; none comes back with the Engine's next start."""
        with self._in_hand(color, "end background", containers, cancellation) as found:
            at_once([each for each in found if each.attrs["State"]["Running"]], instances.end)

    def resume(self, color: Color, containers: Collection[str], cancellation: Cancellation) -> None:
        """What still runs may be about to end, by a worker that was killed since: it ends first."""

        def resume(container: Container) -> None:
            with contextlib.suppress(NotFound):
                container.stop(timeout=instances.grace_of(container))
                container.start()

        with self._in_hand(color, "resume background", containers, cancellation) as found:
            at_once(found, resume)

    def remove(self, color: Color, cancellation: Cancellation) -> None:
        """Compose's `down` of their project, where there is any container of it."""
        project = self._projects[color]
        with engine() as client:
            found = instances.find(client, project.name)
        if found:
            project.take_down(cancellation, "down background")

    @contextlib.contextmanager
    def _in_hand(
        self, color: Color, what: str, names: Collection[str], cancellation: Cancellation
    ) -> Iterator[list[Container]]:
        """Those of these containers that are not the colour's, which nobody else changes meanwhile."""
        with engine() as client, self._projects[color].in_hand(what, cancellation):
            yield [each for each in self._former(client, color) if each.name in names]

    def _former(self, client: DockerClient, color: Color) -> Iterator[Container]:
        yield from instances.find(client, self._projects[color.other].name)
        services = set(self.service.background_services.values())
        if not services:
            return
        project = self._projects[color]
        origin = project.files.last().origin
        assert origin is not None, "what is derived has an origin"
        for each in instances.find(client, origin.project):
            if each.labels.get(SERVICE_LABEL) in services and _is_made_in(project.folder, each):
                yield each

    def _found(self, color: Color) -> dict[str, list[Container]]:
        """By section; what runs comes first."""
        with engine() as client:
            found = instances.find(client, self._projects[color].name)
        return {
            name: [each for each in found if each.labels.get(SERVICE_LABEL) == service]
            for name, service in self.service.background_services.items()
        }


def _is_well(container: Container) -> bool:
    found = instances.instance_of(container.attrs)
    return found.running and not found.restarts and found.healthy is not False


def _is_made(found: Collection[Container], service: str, deployment_id: str) -> bool:
    """Whether `up` has done its work; what has ended since, or does not hold, is not started once more."""
    own = [each for each in found if each.labels.get(SERVICE_LABEL) == service]
    return bool(own) and all(
        each.labels.get(DEPLOYMENT_LABEL) == deployment_id and each.status != "created" for each in own
    )


def _is_made_in(folder: Path, container: Container) -> bool:
    """Whether the project is that of this folder, and not one of the same name in another."""
    there = Path(container.labels.get(FOLDER_LABEL, folder))
    return not there.is_dir() or not folder.is_dir() or there.samefile(folder)
