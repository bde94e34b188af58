"""Colours as services of Docker Compose. Compose makes and removes things; the Engine's API looks, and stops."""

import contextlib
import math
from collections.abc import Collection

from docker.errors import APIError, ImageNotFound, NotFound
from docker.models.containers import Container

from compose import commands, instances, migration, preflight
from compose.colorfile import ColorService
from compose.engine import engine, engine_host
from compose.override import built_beside, image_name, repository
from compose.ports import check_port_is_free
from compose.present import present
from compose.project import ColorProject
from deployment.errors import PhaseFailed
from deployment.guard import Guard
from deployment.loglines import READ, folded
from deployment.record import Release
from deployment.runtime import Address, Instance
from deployment.settings import Compose, Service
from deployment.side_by_side import at_once
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
        self._projects = {color: ColorProject(name, service, service.compose, color) for color in Color}

    def preflight(self, color: Color) -> None:
        """Raise PhaseFailed unless Docker answers and the colour's file can be started on its port."""
        project = self._projects[color]
        file, own = project.read()
        port = self.service.ports.of(color)
        preflight.check_ports(file.path, own, port, self.settings.container_port)
        with engine() as client:
            found = present(client)
        preflight.check_project_is_ours(found, project.name, project.folder)
        preflight.check_networks(found, file, self.settings.shared)
        preflight.check_name_is_free(found, own, project.name)
        preflight.check_host_name_is_free(found, file, own, project.name, self.service.proxies)
        preflight.check_proxies(found, file, own, self.service.proxies)
        check_port_is_free(found, port, project.name)

    def build(self, color: Color, release: Release, guard: Guard) -> Release:
        """The release with its image. Nothing is built when the release has one already."""
        if release.image is not None:
            self._expect_image(release, release.image)
            return release
        project = self._projects[color]
        file, own = project.read()
        image = image_name(self.name, release.name) if own.builds or own.image is None else own.image
        if file.builds:
            project.write_override(file)
            variables = commands.variables(color, release.name, image=image)
            project.change("build", commands.build(project.paths), variables, self.settings.build_timeout, guard)
        completed: Release = release.with_(image=image)
        return completed

    def start(self, color: Color, release: Release, deployment: str, guard: Guard) -> None:
        """Afterwards the colour's project runs this release; nothing happens when it does so already."""
        project = self._projects[color]
        with engine() as client:
            if instances.is_up(instances.find(client, project.name), project.own, deployment):
                return
        file, own = project.read()
        project.write_override(file)
        image = self._image(release, own)
        variables = commands.variables(color, release.name, deployment, image)
        grace = self.settings.stop_grace
        arguments, timeout = commands.up(project.paths, grace), self.settings.up_timeout + grace
        project.change("up", arguments, variables, timeout, guard)

    def migrate(self, color: Color, release: Release, deployment: str, guard: Guard) -> str:
        """What the migrations of the release printed; see `compose.migration`."""
        assert self.service.migrate is not None
        project = self._projects[color]
        file, own = project.read()
        project.write_override(file)
        image = self._image(release, own)
        variables = commands.variables(color, release.name, deployment, image)
        migrate = self.service.migrate
        return migration.migrate(project, variables, deployment, migrate.command, migrate.timeout, guard)

    def forget_migrations(self, color: Color, guard: Guard) -> None:
        """Afterwards none of their containers is there, running or not."""
        migration.forget(self._projects[color], guard)

    def prune(self, releases: Collection[Release]) -> None:
        """Remove the images of these releases, their companions' too; one that a container still has stays."""
        built = [each for each in releases if each.image == image_name(self.name, each.name)]
        files = [project.read()[0] for project in self._projects.values()] if built else []
        with engine() as client:
            for release in built:
                beside = {name for file in files for name in built_beside(file, self.name, release.name).values()}
                for image in sorted({image_name(self.name, release.name), *beside}):
                    with contextlib.suppress(ImageNotFound, APIError):
                        client.images.remove(image)

    def stop(self, color: Color, guard: Guard) -> None:
        """Afterwards no container of the colour runs; they are kept, and start again at once."""
        project, grace = self._projects[color], math.ceil(self.settings.stop_grace)

        def stop(container: Container) -> None:
            with contextlib.suppress(NotFound):
                container.stop(timeout=grace)

        with engine() as client, project.in_hand("stop", guard):
            found = instances.find(client, project.name, running=True)
            own = [each for each in found if each.labels.get(instances.SERVICE_LABEL) == project.own]
            # The service itself first: it may still need its companions for what it has in flight.
            at_once(own, stop)
            at_once([each for each in found if each not in own], stop)

    def remove(self, color: Color, guard: Guard) -> None:
        """Afterwards the colour has no containers and no networks of its own; volumes and images stay."""
        project = self._projects[color]
        grace = self.settings.stop_grace
        arguments = commands.down(project.paths, grace)
        project.change("down", arguments, commands.variables(color), grace + MARGIN, guard)

    def look(self, color: Color) -> Instance:
        """The colour's own container as it is now; companions in its file are not looked at."""
        project = self._projects[color]
        with engine() as client:
            found = instances.find(client, project.name, project.own)
            return instances.instance_of(found[0].attrs) if found else Instance(False, described="no container")

    def logs(self, color: Color, lines: int = 60) -> str:
        """Standard output and error of the colour's own container, also when it has ended."""
        project = self._projects[color]
        with engine() as client:
            found = instances.find(client, project.name, project.own)
            log = found[0].logs(tail=READ) if found else b""
        return folded(log.decode("utf-8", "replace"), lines)

    def address_on_host(self, color: Color) -> Address:
        """The published port, on this host or on that of a remote Engine."""
        return Address(engine_host(), self.service.ports.of(color))

    def address_in_network(self, color: Color) -> Address | None:
        """By name on its networks. That the proxy is on one of them is the compose files' affair."""
        _, own = self._projects[color].read()
        port = self.settings.container_port or own.container_port(self.service.ports.of(color))
        if own.host_name is None or port is None:
            return None
        return Address(own.host_name, port, dynamic=True)

    def hosts_in_network(self, color: Color) -> Collection[str]:
        """The addresses of its running containers; an address is free for others once they stop."""
        project = self._projects[color]
        with engine() as client:
            found = instances.find(client, project.name, project.own, running=True)
            networks = [each for one in found for each in one.attrs["NetworkSettings"]["Networks"].values()]
        return {
            address for each in networks for address in (each["IPAddress"], each["GlobalIPv6Address"]) if address
        }

    def _image(self, release: Release, own: ColorService) -> str:
        """What the colour runs. A record may name an older tag of the file's image, and no other image.

        Records come from Redis, to which clients write: which program runs is the compose file's affair.
        """
        ours = image_name(self.name, release.name)
        image = release.image or own.image or ours
        if image == ours or (own.image and repository(image) == repository(own.image)):
            return image
        raise PhaseFailed(
            f"release {release.name} is recorded with the image {image}, which is not this service's",
            f"its compose file names {own.image or 'none'}; what is built here is called {ours}",
            f"Deploy it anew: bluegreen deploy {self.name} --ref {release.ref or release.name}",
        )

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
