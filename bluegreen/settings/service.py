"""The sections of bluegreen.toml, each setting with its default.

Freezes, notifications and schedules are in `freezes.py`, `notifications.py` and `schedule.py`, beside the rules
they follow.
"""

import re
from collections.abc import Iterator
from os.path import normpath
from pathlib import Path
from typing import Annotated, Any, Literal, Self, TypeVar
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, PrivateAttr, ValidationInfo, field_validator, model_validator

from bluegreen.deployment.hooks import HookPoint
from bluegreen.deployment.roles import Promoter
from bluegreen.deployment.states import Color
from bluegreen.settings.background import BackgroundName, BackgroundSettings
from bluegreen.settings.base import Settings
from bluegreen.settings.checks import CheckSettings
from bluegreen.settings.freezes import Freeze, refuse_overlaps
from bluegreen.settings.hooks import HookSettings
from bluegreen.settings.maintenance import MaintenanceSettings
from bluegreen.settings.notifications import NotificationSettings
from bluegreen.settings.preview import PreviewSettings
from bluegreen.settings.requests import AbsolutePath, HeaderName, HeaderValue, Statuses, accepts
from bluegreen.settings.schedule import Schedule
from bluegreen.settings.static import StaticSettings

Port = Annotated[int, Field(ge=1, le=65535)]
Seconds = Annotated[float, Field(ge=0, le=86400)]


def _bracket(host: str) -> str:
    """As nginx and URLs want an address of IPv6."""
    return f"[{host}]" if host.count(":") > 1 and not host.startswith("[") else host


#: a name or an address, with its port where it wants one
NginxHost = Annotated[str, Field(pattern=r"^[A-Za-z0-9._:\[\]-]+$"), AfterValidator(_bracket)]

SomeSettings = TypeVar("SomeSettings", bound=Settings)


class Ports(Settings):
    """The port of each colour on the deploy host: for health checks, and for proxies that go through it."""

    blue: Port
    green: Port

    @model_validator(mode="after")
    def _differ(self) -> Self:
        if self.blue == self.green:
            raise ValueError("blue and green need different ports: both run at once")
        return self

    def of(self, color: Color) -> int:
        return self.blue if color is Color.BLUE else self.green


class HealthSettings(Settings):
    """When a new version counts as healthy."""

    path: AbsolutePath = "/"
    #: how many times `interval` seconds of polling are spent before the deployment rolls back
    attempts: Annotated[int, Field(ge=1, le=1000)] = 10
    interval: Annotated[float, Field(gt=0, le=3600)] = 10
    #: seconds for one request
    timeout: Annotated[float, Field(gt=0, le=600)] = 2
    #: answers in a row that must be good; more of them warm a version up
    successes: Annotated[int, Field(ge=1, le=100)] = 2
    #: good statuses, as "200-299" or "200,204"
    status: Statuses = "200-299"
    #: the Host header, where the application insists on one; by https also the name in the certificate
    host_header: str | None = None
    #: more headers, such as X-Forwarded-Proto, where the application insists on them
    headers: dict[HeaderName, HeaderValue] = {}

    def accepts(self, status: int) -> bool:
        """Whether an answer with this status is a good one."""
        return accepts(self.status, status)


class ComposeSettings(Settings):
    """Colours as Compose services, each colour a Compose project of its own.

    Either each colour has a file of its own (`color_file`), or both are derived from the project's own (`files`).
    """

    #: the project's own compose files, from which colours are derived; or `color_file`
    files: tuple[str, ...] = ()
    #: compose files of what both colours share; never taken down by us
    shared: tuple[str, ...] = ()
    #: the colour's own file; `{color}` stands for blue or green
    color_file: str = "docker-compose.{color}.yml"
    #: the service in that file, or in `files`
    service: Annotated[str, Field(validate_default=True)] = "app-{color}"
    #: the port inside the container; taken from the compose file when not set
    container_port: Port | None = None
    #: seconds for a build, and for an `up`
    build_timeout: Seconds = 1800
    up_timeout: Seconds = 300
    #: seconds between SIGTERM and SIGKILL when a colour stops
    stop_grace: Seconds = 10

    def files_of(self, color: Color) -> tuple[str, ...]:
        """The compose files that a colour is read from."""
        return self.files or (self.color_file.replace("{color}", color),)

    @field_validator("color_file")
    @classmethod
    def _names_the_color(cls, text: str, info: ValidationInfo) -> str:
        if info.data.get("files"):
            raise ValueError("goes without files: colours have files of their own, or are derived from files")
        if "{color}" not in text:
            raise ValueError("should contain {color}: each colour has its own")
        return text

    @field_validator("service")
    @classmethod
    def _is_in_the_file(cls, text: str, info: ValidationInfo) -> str:
        if info.data.get("files") and "{color}" in text:
            raise ValueError("should be the name that the application has in files, without {color}")
        if not info.data.get("files") and "{color}" not in text:
            raise ValueError("should contain {color}: each colour has its own; or set files")
        return text


class MigrateSettings(Settings):
    """What changes the database for a release: run once, with the new version, before it starts."""

    #: the program and its arguments, in the release's image or folder
    command: Annotated[tuple[str, ...], Field(min_length=1)]
    timeout: Seconds = 600
    #: what undoes them, run as they are: by itself where they break the live version
    back: Annotated[tuple[str, ...], Field(min_length=1)] | None = None
    #: whether releases from before them can run on what they leave; false: a rollback over them needs a word
    reversible: bool = True

    @model_validator(mode="after")
    def _has_one_way(self) -> Self:
        if self.back and not self.reversible:
            raise ValueError("reversible = false says that they do not go back: leave out back")
        return self


class ProcessesSettings(Settings):
    """Colours as plain processes on this host."""

    #: the program and its arguments; {port} {color} {release} {workspace} are filled in
    command: Annotated[tuple[str, ...], Field(min_length=1)]
    env: dict[str, str] = {}
    #: seconds between the polite signal and the hard one when a colour stops
    stop_grace: Seconds = 10


class ProxySettings(Settings):
    """An nginx to switch: in a container (`container`), or on this host (`conf`)."""

    container: str | None = None
    binary: str = "nginx"
    conf: Path | None = None
    #: the file that we write, in a folder that nginx reads (on this host, or mounted into the container)
    file: Path | None = None
    #: the same inside the container, copied in
    copy_to: AbsolutePath | None = None
    #: "upstream": `upstream NAME { server …; }`; "variable": `set $NAME http://…;`
    template: Literal["upstream", "variable"] = "upstream"
    #: NAME above; default "app" for an upstream, "service_url" for a variable
    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9_][A-Za-z0-9_.-]*$")] | None = None
    #: the address under which this proxy reaches the colours' host ports
    upstream_address: NginxHost | None = None
    #: the site through this proxy, as seen from the deploy host; probed after the switch
    url: str | None = None
    #: the port on which the proxy says its generation (template "upstream"); 0 turns it off
    status_port: Annotated[int, Field(ge=0, le=65535)] = 8999
    #: where to ask for the generation, when the default cannot be reached
    status_url: str | None = None
    #: DNS server for names in containers; Docker's own by default
    resolver: NginxHost = "127.0.0.11"

    @model_validator(mode="after")
    def _one_place(self) -> Self:
        if (self.container is None) == (self.conf is None):
            raise ValueError("needs either container (nginx in a container) or conf (nginx on this host)")
        if (self.file is None) == (self.copy_to is None):
            raise ValueError("needs either file or copy_to")
        if self.copy_to and not self.container:
            raise ValueError("copy_to goes with container")
        if self.template == "variable" and not re.fullmatch(r"[A-Za-z_]\w*", self.written_name, re.ASCII):
            raise ValueError("a variable's name has only letters, digits and _, and no digit first")
        return self

    @property
    def label(self) -> str:
        """How messages call it."""
        return self.container or str(self.conf)

    @property
    def leads_to_names(self) -> bool:
        """Whether requests go to containers by their names, which this proxy must have resolved."""
        return self.container is not None and self.upstream_address is None

    @property
    def written_name(self) -> str:
        return self.name or ("app" if self.template == "upstream" else "service_url")


class DrainSettings(Settings):
    """How long requests in flight on the old version may take after the switch."""

    timeout: Seconds = 30


class BakeSettings(Settings):
    """How long the new version must hold after the switch before the old one is stopped."""

    seconds: Seconds = 5
    #: the share of requests, and of our probes, that may fail since the switch; above it the deployment rolls
    #: back. None: nobody judges
    max_failure_rate: Annotated[float, Field(ge=0, lt=1)] | None = None
    #: fewer requests than these are not judged, nor are fewer probes
    min_requests: Annotated[int, Field(ge=1)] = 20


class ApprovalSettings(Settings):
    """Whether a deployment waits after its health check until a person promotes it, and for how long."""

    #: every deployment waits; without it those that are asked for with `--hold`
    required: bool = False
    #: the role of the Redis user by which a promotion has to come, or a larger one
    by: Promoter = "promote"
    #: seconds, and what happens then
    timeout: Annotated[float, Field(gt=0, le=30 * 86400)] = 3600
    on_timeout: Literal["abort", "promote"] = "abort"


class ReceiptSettings(Settings):
    """How the requests of a cutover are counted."""

    #: requests a second of our own through each proxy's `url`, to its health path; 0: none
    probe_rate: Annotated[float, Field(ge=0, le=100)] = 20


class CleanupSettings(Settings):
    """What becomes of the old version, and of the ones before it."""

    #: stopped and kept for an instant rollback, or removed
    old_version: Literal["stop", "remove"] = "stop"
    #: releases that were live last, whose images or files are kept; always the live one and the one before it
    keep_releases: Annotated[int, Field(ge=2, le=100)] = 5


class SourceSettings(Settings):
    """A git repository to check the ref out of; without it the workspace is taken as it is."""

    url: str
    timeout: Seconds = 600


class ServiceSettings(Settings):
    """One deployable application."""

    workspace: Path = Path()
    compose: ComposeSettings | None = None
    processes: ProcessesSettings | None = None
    #: not needed where colours are derived from `compose.files`
    ports: Annotated[Ports | None, Field(validate_default=True)] = None
    health: HealthSettings = HealthSettings()
    proxies: Annotated[tuple[ProxySettings, ...], Field(min_length=1)]
    drain: DrainSettings = DrainSettings()
    approval: ApprovalSettings = ApprovalSettings()
    preview: PreviewSettings | None = None
    bake: BakeSettings = BakeSettings()
    receipt: ReceiptSettings = ReceiptSettings()
    cleanup: CleanupSettings = CleanupSettings()
    source: SourceSettings | None = None
    migrate: MigrateSettings | None = None
    static: StaticSettings | None = None
    hooks: tuple[HookSettings, ...] = ()
    maintenance: MaintenanceSettings = MaintenanceSettings()
    checks: tuple[CheckSettings, ...] = ()
    schedule: Schedule | None = None
    background: dict[BackgroundName, BackgroundSettings] = {}
    _state_folder: Path | None = PrivateAttr(default=None)

    @field_validator("ports")
    @classmethod
    def _needed(cls, ports: Ports | None, info: ValidationInfo) -> Ports | None:
        compose = info.data.get("compose")
        if ports is None and not (compose and compose.files) and "compose" in info.data:
            raise ValueError("is missing")
        return ports

    @model_validator(mode="after")
    def _something_to_compare(self) -> Self:
        if self.schedule and self.schedule.newest_tag and not self.source:
            raise ValueError("schedule: newest_tag needs a [source] to look into")
        if self.schedule and self.schedule.only_when_changed and not (self.source or self.compose):
            raise ValueError(
                "schedule: only_when_changed needs a [source], or an image in a registry, to look into"
            )
        return self

    @model_validator(mode="after")
    def _one_runtime(self) -> Self:
        if (self.compose is None) == (self.processes is None):
            raise ValueError("needs either [compose] or [processes]")
        labels = [proxy.label for proxy in self.proxies]
        if len(set(labels)) < len(labels):
            raise ValueError("two proxies are the same nginx: one file for each, with all that it needs")
        return self

    @model_validator(mode="after")
    def _background_in_the_files(self) -> Self:
        if self.background and not (self.compose and self.compose.files):
            raise ValueError(
                "background: needs compose.files, from which these services are derived; what is in a colour's own"
                " file runs with the colour"
            )
        services = [*([self.compose.service] if self.compose else []), *self.background_services.values()]
        if twice := sorted({each for each in services if services.count(each) > 1}):
            raise ValueError(
                f"background: {', '.join(twice)} is named twice: each service once, the application not"
            )
        return self

    @model_validator(mode="after")
    def _static_from_what_there_is(self) -> Self:
        if self.static and self.static.is_in_image and not self.compose:
            raise ValueError(
                "static.from: a path that begins with / is one in an image: name one in the release's tree"
            )
        if self.static and not (self.static.is_in_image or self.source):
            own, served = (Path(normpath(self.workspace / each)) for each in (self.static.from_, self.static.to))
            if own.is_relative_to(served) or served.is_relative_to(own):
                raise ValueError("static: to lies in from, or is it: name another folder for what nginx serves")
        return self

    @model_validator(mode="after")
    def _hooks_of_what_there_is(self) -> Self:
        if not self.migrate and any(each.at is HookPoint.BEFORE_MIGRATE for each in self.hooks):
            raise ValueError("hooks: before_migrate needs a section migrate, whose command it comes before")
        of_site = any("after_switch" in each.at for each in self.checks)
        if of_site and not any(each.url for each in self.proxies):
            raise ValueError(
                'checks: after_switch needs a proxy with a url; without one, set at = ["before_switch"]'
            )
        return self

    @model_validator(mode="after")
    def _preview_of_its_own_host(self) -> Self:
        hosts = [urlsplit(each.url or "").hostname for each in self.proxies]
        if self.preview and self.preview.host and self.preview.host in (*hosts, self.health.host_header):
            raise ValueError(f"preview: host {self.preview.host} is the site's own: every user asks for it")
        return self

    @property
    def background_services(self) -> dict[str, str]:
        """The compose service of each background service."""
        return {name: each.service or name for name, each in self.background.items()}

    @property
    def fixed_ports(self) -> Ports:
        """Those of the config file, where it must have them."""
        assert self.ports is not None, "only a service with compose.files may have no ports"
        return self.ports

    @property
    def state_folder(self) -> Path:
        """Where we keep what is ours of this service: locks, logs, process states, git mirror, releases."""
        assert self._state_folder is not None, "a service has a state folder once it is located"
        return self._state_folder

    @property
    def releases_folder(self) -> Path:
        """Where its releases are checked out, each in a folder of its commit."""
        return self.state_folder / "releases"

    def kept_in(self, state_folder: Path) -> Self:
        """The same with that state folder."""
        copy = _change(self)
        copy._state_folder = state_folder.absolute()
        return copy


class RedisSettings(Settings):
    """The broker, and the home of the records."""

    url: str | None = None


class Config(Settings):
    """All of bluegreen.toml; no section may name a service that is not there."""

    redis: RedisSettings = RedisSettings()
    services: Annotated[dict[str, ServiceSettings], Field(min_length=1)]
    freezes: tuple[Freeze, ...] = ()
    notifications: tuple[NotificationSettings, ...] = ()

    @field_validator("freezes")
    @classmethod
    def _one_at_a_time(cls, given: tuple[Freeze, ...]) -> tuple[Freeze, ...]:
        refuse_overlaps(given)
        return given

    @model_validator(mode="after")
    def _of_known_services(self) -> Self:
        named = {f"freezes.{index}": each.services for index, each in enumerate(self.freezes)}
        named |= {f"notifications.{index}": each.services for index, each in enumerate(self.notifications)}
        for path, names in named.items():
            if unknown := sorted(set(names) - set(self.services)):
                raise ValueError(f"{path}.services: there is no service {', '.join(unknown)}")
        return self

    @model_validator(mode="after")
    def _apart(self) -> Self:
        taken: dict[str, str] = {}
        for name, service in self.services.items():
            for thing in _things_of(service):
                if (other := taken.setdefault(thing, name)) != name:
                    raise ValueError(f"services.{name} and services.{other} have {thing}: give each its own")
        return self

    def locate(self, folder: Path, state: Path) -> "Config":
        """The same with every relative path made absolute: workspaces from `folder`, files from a workspace.

        `state`: the folder of the installation, in which each service has one of its own.
        """
        services = {
            name: _locate_service(service, folder).kept_in(state / "services" / name)
            for name, service in self.services.items()
        }
        return _change(self, services=services)


def _things_of(service: ServiceSettings) -> Iterator[str]:
    """What no two services may have, since one would write over the other's."""
    for proxy in service.proxies:
        where = service.workspace / proxy.file if proxy.file else f"{proxy.label}:{proxy.copy_to}"
        yield f"the proxy file {where}"
    if service.static:
        yield f"the folder of static files {service.workspace / service.static.to}"


def _locate_service(service: ServiceSettings, folder: Path) -> ServiceSettings:
    workspace = (folder / service.workspace).resolve()

    def place(proxy: ProxySettings) -> ProxySettings:
        paths: dict[str, Any] = {
            key: workspace / path for key in ("file", "conf") if (path := getattr(proxy, key)) is not None
        }
        return _change(proxy, **paths)

    static = service.static and _change(service.static, to=workspace / service.static.to)
    maintenance = service.maintenance
    if maintenance.page:
        maintenance = _change(maintenance, page=workspace / maintenance.page)
    proxies = tuple(place(proxy) for proxy in service.proxies)
    return _change(service, workspace=workspace, proxies=proxies, static=static, maintenance=maintenance)


def _change(model: SomeSettings, **changes: Any) -> SomeSettings:
    """A copy with other values that still knows which of them a person has set: `bluegreen plan` says so."""
    copy = model.model_copy(update=changes)
    copy.__pydantic_fields_set__ = set(model.model_fields_set)
    return copy
