"""Colours as services of Docker Compose. Compose makes and removes things; the Engine's API looks, and stops."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from docker import DockerClient
from docker.models.containers import Container

from bluegreen.deployment.cancellation import Cancellation
from bluegreen.deployment.errors import NotRunning
from bluegreen.deployment.job import Job
from bluegreen.deployment.names import release_name
from bluegreen.deployment.record import Release
from bluegreen.deployment.runtime import Address, Instance, Program, Weakness
from bluegreen.deployment.states import Color
from bluegreen.parallel import at_once, both
from bluegreen.settings import release_folder
from bluegreen.settings.service import ComposeSettings, ServiceSettings
from bluegreen.system.log_lines import LOOKED_AT, folded
from compose import instances, preflight
from compose.background.project import BackgroundFiles, BackgroundProject
from compose.engine.client import bracketed, engine, engine_host
from compose.engine.inspection import inner_host
from compose.engine.present import Present, present
from compose.images import registry
from compose.images.contents import copy_files
from compose.images.file import Image
from compose.images.healthcheck import has_healthcheck
from compose.images.releases import Images
from compose.job import forget, run
from compose.ports import check_addresses, check_ports_are_free
from compose.printed import container_lines, printed, readable
from compose.project import commands, shared, volumes
from compose.project.color_file import ColorFile
from compose.project.color_files import ColorFiles
from compose.project.color_project import ColorProject, Wanted


class ComposeRuntime:
    """The colours of one service, each a Compose project of its own."""

    def __init__(self, name: str, service: ServiceSettings) -> None:
        if service.compose is None:
            raise ValueError(f"services.{name} has no [compose]")
        self.name = name
        self.service = service
        self.settings: ComposeSettings = service.compose
        self._projects = {color: ColorProject(ColorFiles(name, service, self.settings, color)) for color in Color}
        #: of what the release has beside the colour; none of them is started here
        self._background = (
            {color: BackgroundProject(BackgroundFiles(name, service, self.settings, color)) for color in Color}
            if service.background
            else {}
        )
        self._role = commands.own_service(name, service.compose)
        self._images = Images(name, self._role, service.state_folder, self.settings.build_timeout)

    def preflight(
        self, color: Color, release: Release | None = None, deployment_id: str | None = None
    ) -> Collection[Weakness]:
        """Raise PhaseFailed unless Docker answers and the release can be started on the colour's port."""
        project = self._projects[color]
        # Compose reads the files while the Engine is asked: each takes a while
        (file, own), found = both(partial(project.read, release, deployment_id), _present)
        port = project.host_port
        if port is not None:
            preflight.check_ports(file.path, own, port, self.settings.container_port, self.service.proxies)
            if file.origin:
                preflight.expect_reached(self.service.proxies, project.files.addresses, port)
        else:
            advice = f"Give each colour a port in the config file: [services.{self.name}.ports]."
            preflight.expect_no_port_needed(file.path, own, self.service.proxies, advice)
        preflight.check_replicas(file.path, own)
        preflight.check_project_is_ours(found, project.name, project.folder)
        preflight.check_networks(found, file, self.settings.files or self.settings.shared)
        preflight.check_dependencies(found, file, self.settings.files)
        preflight.check_name_is_free(found, own, project.name)
        preflight.check_host_name_is_free(found, file, own, project.name, self.service.proxies)
        preflight.check_proxies(found, file, own, self.service.proxies)
        check_addresses(file)
        check_ports_are_free(found, file, own, port, project.name)
        volumes.expect_external(file)
        volumes.check(file, self.name, project.name, self._projects[color.other].name)
        return preflight.weaknesses(file.path, own)

    def is_watched(
        self, color: Color, release: Release | None = None, deployment_id: str | None = None
    ) -> bool | None:
        """By the compose file, else by the image of the release, where it has one."""
        _, own = self._projects[color].read(release, deployment_id)
        if own.is_watched is not None or release is None or release.image_id is None:
            return own.is_watched
        return has_healthcheck(self._images.find(release)[self._role])

    def written_by(self, color: Color, release: Release, deployment_id: str) -> Collection[Path]:
        """Folders of its tree that are mounted, and not read-only."""
        if not self.service.source:
            return ()
        tree = release_folder.folder_of(self.name, self.service, release)
        file = self._whole_file(color, release, deployment_id)
        return [folder for folder in file.written if folder.is_dir() and folder.is_relative_to(tree)]

    def adaptations(self) -> Sequence[str]:
        """Of a colour that is derived from the project's files; blue stands for either."""
        origin = self._projects[Color.BLUE].read()[0].origin
        return origin.changes if origin else ()

    def read_by_others(self) -> Collection[Path]:
        """What the shared compose files mount, or the other services of the project's, and these files."""
        of_release = {self.settings.service, *self.service.background_services.values()}
        return shared.mounted(self.service.workspace.absolute(), self.settings, of_release)

    def releases(self) -> Collection[str]:
        """The names of the releases whose images are known."""
        return self._images.releases()

    def kept(self, release: Release) -> Release:
        """The release as this host knows it, with its image. PhaseFailed when it cannot be started again."""
        release_folder.folder_of(self.name, self.service, release)
        return _with(release, self._images.find(release)[self._role])

    def build(self, color: Color, release: Release, deployment_id: str, cancellation: Cancellation) -> Release:
        """The release with its image, built or pulled. A release that has one already keeps it."""
        file = self._whole_file(color, release, deployment_id)
        for each in self._files(color, release, deployment_id):
            volumes.make(each, cancellation)
        if release.image_id is not None:
            self._images.tags(file, color, release)
            return release
        wanted = Wanted(release, deployment_id, self._images.built(file, color, release.name))
        for project in self._projects_of(color):
            if project.files.of(release, deployment_id).builds:
                project.change("build", commands.build(), wanted, self.settings.build_timeout, cancellation)
        return _with(release, self._images.obtain(file, color, release.name, cancellation))

    def start(self, color: Color, release: Release, deployment_id: str, cancellation: Cancellation) -> None:
        """Afterwards the colour's project runs this release; nothing happens when it does so already."""
        project = self._projects[color]
        with engine() as client:
            found = instances.find(client, project.name)
            if instances.is_up(found, project.own, deployment_id):
                return
            ending = sum(map(instances.grace_of, found))
        wanted, timeout = self._wanted(color, release, deployment_id), self.settings.up_timeout + ending
        project.change("up", commands.up(), wanted, timeout, cancellation)

    def published(self, ref: str | None) -> str:
        """The digest that a registry has now of what this ref would run. ImageRefused where none says it."""
        project = self._projects[Color.BLUE]
        file, _ = project.read(Release(name=release_name(ref, None, 0, ()), ref=ref) if ref else None)
        with engine() as client:
            return registry.digest(client, self.name, file.services[project.own])

    def copy_files(self, release: Release, path: str, into: Path, cancellation: Cancellation) -> None:
        """Out of the release's image, or its tree."""
        if path.startswith("/"):
            image = self._images.kept(release)[self._role]
            copy_files(image, path, into, self.name, cancellation)
        else:
            release_folder.copy_files(self.name, self.service, release, path, into)

    def run_job(
        self, job: Job, color: Color, release: Release, deployment_id: str, cancellation: Cancellation
    ) -> str:
        """What the job printed; see `compose.job`."""
        return run(self._projects[color], self._wanted(color, release, deployment_id), job, cancellation)

    def forget_jobs(self, color: Color, cancellation: Cancellation, named: str = "") -> None:
        """Afterwards none of their containers is there, running or not."""
        forget(self._projects[color], cancellation, named)

    def prune(self, keep: Collection[Release], cancellation: Cancellation) -> None:
        """Remove the images of all other releases, their companions' too; one that a container still has stays."""
        self._images.prune({each.name for each in keep}, cancellation)

    def stop(self, color: Color, cancellation: Cancellation) -> None:
        """Afterwards no container of the colour runs; they are kept, and start again at once."""
        project = self._projects[color]
        with engine() as client, project.in_hand("stop", cancellation):
            found = instances.find(client, project.name, running=True)
            own = [each for each in found if each.labels.get(instances.SERVICE_LABEL) == project.own]
            # The service itself first: it may still need its companions for what it has in flight.
            at_once(own, instances.end)
            at_once([each for each in found if each not in own], instances.end)

    def remove(self, color: Color, cancellation: Cancellation) -> None:
        """Afterwards the colour has no containers and no networks of its own; volumes and images stay."""
        self._projects[color].take_down(cancellation)

    def forget(self, cancellation: Cancellation) -> None:
        """Afterwards the Engine has nothing of the service but the volumes, which are the project's."""
        for color in Color:
            self.forget_jobs(color, cancellation)
            for project in self._projects_of(color):
                project.take_down(cancellation)
        self._images.forget(cancellation)

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
            log = printed(found[0], most=LOOKED_AT) if found else ""
        return folded(log, lines)

    def log_lines(self, color: Color, lines: int, follow: bool) -> Iterator[str | None]:
        """What the Engine has of the colour's own container. NotRunning without one, NotKept where it has none."""
        with engine() as client:
            container = self._own(client, color)
            with readable(container):
                container.logs(tail=0)
        yield from container_lines(str(container.name), lines, follow)

    def command_in(self, color: Color, words: Sequence[str], has_terminal: bool) -> Program:
        """In the colour's own container. NotRunning when it does not run."""
        with engine() as client:
            container = self._own(client, color)
        found = instances.instance_of(container.attrs)
        if not found.running:
            raise NotRunning(f"{self.name}: {found.described} is not running", advice=self._where_to_look)
        options = ["--interactive", *(["--tty"] if has_terminal else [])]
        return Program(["docker", "exec", *options, str(container.name), *words])

    def _own(self, client: DockerClient, color: Color) -> Container:
        project = self._projects[color]
        if found := instances.find(client, project.name, project.own):
            return found[0]
        raise NotRunning(f"{self.name}: {color} has no container of {project.own}", advice=self._where_to_look)

    @property
    def _where_to_look(self) -> str:
        return f"What there is: bluegreen ps {self.name}"

    def shorten_logs(self) -> None:
        """Nothing: containers' logs are the Engine's (`logging:` in the compose file)."""

    def address_on_host(self, color: Color) -> Address:
        """The published port, on this host or a remote Engine's; without one, the container's own address."""
        project = self._projects[color]
        port = project.inner_port()
        if port is not None:
            with engine() as client:
                found = instances.find(client, project.name, project.own, running=True)
                if found and (host := inner_host(found[0].attrs)):
                    return Address(host, port)
        if project.host_port is not None:
            return Address(bracketed(project.host_ip() or "") or engine_host(), project.host_port)
        if port is None:
            project.read()  # says why it is not known
        return Address(project.own, port or 0)

    def address_in_network(self, color: Color) -> Address | None:
        """By name on its networks: what runs there says it, else the file of the release that came last.

        That the proxy is on one of them is the compose files' affair.
        """
        project = self._projects[color]
        with engine() as client:
            found = instances.find(client, project.name, project.own)
        said = instances.address_of(found[0].labels) if found else project.address(project.read()[1])
        if not said:
            return None
        host, _, port = said.rpartition(":")
        return Address(host, int(port), dynamic=True)

    def hosts_in_network(self, color: Color) -> Collection[str]:
        """The addresses of its running containers; an address is free for others once they stop."""
        project = self._projects[color]
        with engine() as client:
            return instances.addresses(client, project.name, project.own)

    def _projects_of(self, color: Color) -> list[ColorProject]:
        """Of all that belongs to a release: the colour's, and its background services'."""
        return [self._projects[color], *([self._background[color]] if self._background else [])]

    def _files(self, color: Color, release: Release, deployment_id: str) -> list[ColorFile]:
        return [each.files.of(release, deployment_id) for each in self._projects_of(color)]

    def _whole_file(self, color: Color, release: Release, deployment_id: str) -> ColorFile:
        """With all services of the release."""
        own, *others = self._files(color, release, deployment_id)
        services = {name: each for file in (own, *others) for name, each in file.services.items()}
        return replace(own, content={**own.content, "services": services})

    def _wanted(self, color: Color, release: Release, deployment_id: str) -> Wanted:
        file, _ = self._projects[color].read(release, deployment_id)
        return Wanted(release, deployment_id, self._images.tags(file, color, release))


def _present() -> Present:
    with engine() as client:
        return present(client)


def _with(release: Release, image: Image) -> Release:
    shown: Release = release.with_(image=image.name, image_id=image.id, image_digest=image.digest)
    return shown
