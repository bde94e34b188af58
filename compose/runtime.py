"""Colours as services of Docker Compose. Compose changes things, the Engine's API looks at them."""

import contextlib
from collections.abc import Collection

from docker.errors import APIError, ImageNotFound

from compose import commands, instances, preflight
from compose.engine import engine, engine_host
from compose.migration import migrate as run_migration
from compose.override import image_name
from compose.ports import check_port_is_free
from compose.project import ColorProject
from deployment.errors import PhaseFailed
from deployment.record import Release
from deployment.runtime import Address, Guard, Instance
from deployment.settings import Compose, Service
from deployment.states import Color

#: seconds that Compose itself may take around a stop, beyond the container's grace
MARGIN = 60.0


class ComposeRuntime:
    """The colours of one service, each a Compose project of its own."""

    def __init__(self, name: str, service: Service) -> None:
        if service.compose is None:
            raise ValueError(f"services.{name} has no [compose]")
        self.name = name
        self.service = service
        self.settings: Compose = service.compose

    def preflight(self, color: Color) -> None:
        """Raise PhaseFailed unless Docker answers and the colour's file can be started on its port."""
        preflight.check_tools()
        project = self._project(color)
        file, own = project.read()
        port = self.service.ports.of(color)
        preflight.check_ports(file.path, own, port, self.settings.container_port)
        with engine() as client:
            preflight.check_networks(client, file, self.settings.shared)
            preflight.check_name_is_free(client, own, project.name)
            preflight.check_proxies(client, file, own, self.service.proxies)
            check_port_is_free(client, port, project.name)

    def build(self, color: Color, release: Release, guard: Guard) -> Release:
        """The release with its image. Nothing is built when the release has one already."""
        if release.image is not None:
            self._expect_image(release, release.image)
            return release
        project = self._project(color)
        file, own = project.read()
        image = image_name(self.name, release.name) if own.builds or own.image is None else own.image
        if file.builds:
            project.write_override(file)
            variables = commands.variables(color, release.name, image=image)
            project.change(commands.build(project.paths), variables, self.settings.build_timeout, guard)
        completed: Release = release.with_(image=image)
        return completed

    def start(self, color: Color, release: Release, deployment: str, guard: Guard) -> None:
        """Afterwards the colour's project runs this release; nothing happens when it does so already."""
        project = self._project(color)
        with engine() as client:
            if instances.is_up(instances.find(client, project.name), project.own, deployment):
                return
        file, own = project.read()
        project.write_override(file)
        image = release.image or own.image or image_name(self.name, release.name)
        variables = commands.variables(color, release.name, deployment, image)
        grace = self.settings.stop_grace
        project.change(commands.up(project.paths, grace), variables, self.settings.up_timeout + grace, guard)

    def migrate(self, color: Color, release: Release, deployment: str, guard: Guard) -> str:
        """What the migrations of the release printed; see `compose.migration`."""
        assert self.service.migrate is not None
        project = self._project(color)
        file, own = project.read()
        project.write_override(file)
        image = release.image or own.image or image_name(self.name, release.name)
        variables = commands.variables(color, release.name, deployment, image)
        migrate = self.service.migrate
        return run_migration(project, variables, deployment, migrate.command, migrate.timeout, guard)

    def prune(self, releases: Collection[Release]) -> None:
        """Remove the images of these releases; one that a container still has stays."""
        with engine() as client:
            for release in releases:
                if release.image == image_name(self.name, release.name):
                    with contextlib.suppress(ImageNotFound, APIError):
                        client.images.remove(release.image)

    def stop(self, color: Color, guard: Guard) -> None:
        """Afterwards no container of the colour runs; they are kept, and start again at once."""
        project = self._project(color)
        with engine() as client:
            if not instances.find(client, project.name, running=True):
                return
        grace = self.settings.stop_grace
        project.change(commands.stop(project.paths, grace), commands.variables(color), grace + MARGIN, guard)

    def remove(self, color: Color, guard: Guard) -> None:
        """Afterwards the colour has no containers and no networks of its own; volumes and images stay."""
        project = self._project(color)
        grace = self.settings.stop_grace
        project.change(commands.down(project.paths, grace), commands.variables(color), grace + MARGIN, guard)

    def look(self, color: Color) -> Instance:
        """The colour's own container as it is now; companions in its file are not looked at."""
        project = self._project(color)
        with engine() as client:
            found = instances.find(client, project.name, project.own)
            return instances.instance_of(found[0].attrs) if found else Instance(False, described="no container")

    def logs(self, color: Color, lines: int = 20) -> str:
        """Standard output and error of the colour's own container, also when it has ended."""
        project = self._project(color)
        with engine() as client:
            found = instances.find(client, project.name, project.own)
            return found[0].logs(tail=lines).decode("utf-8", "replace").replace("\r\n", "\n") if found else ""

    def address_on_host(self, color: Color) -> Address:
        """The published port, on this host or on that of a remote Engine."""
        return Address(engine_host(), self.service.ports.of(color))

    def address_in_network(self, color: Color) -> Address | None:
        """By name on its networks. That the proxy is on one of them is the compose files' affair."""
        _, own = self._project(color).read()
        port = self.settings.container_port or own.container_port(self.service.ports.of(color))
        if own.host_name is None or port is None:
            return None
        return Address(own.host_name, port, dynamic=True)

    def _project(self, color: Color) -> ColorProject:
        return ColorProject(self.name, self.service, self.settings, color)

    def _expect_image(self, release: Release, image: str) -> None:
        """An image that we built must be there: a new build would put other code under the old name."""
        if image != image_name(self.name, release.name):
            return  # Compose pulls it
        with engine() as client:
            try:
                client.images.get(image)
            except ImageNotFound as error:
                raise PhaseFailed(
                    f"the image {image} of release {release.name} is gone",
                    advice=f"Deploy it anew: bluegreen deploy {self.name} --ref {release.ref or release.name}",
                ) from error
