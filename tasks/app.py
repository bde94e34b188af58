"""The Celery application, ours alone: the project in whose folder we stand may be a Celery project, too."""

from collections.abc import Sequence
from functools import cached_property
from typing import Any

from celery import Celery
from celery.loaders.app import AppLoader

from bluegreen.deployment.installation import Installation
from bluegreen.deployment.states import Phase
from bluegreen.settings import config_file
from bluegreen.settings.watch import WatchedConfig
from bluegreen.store.connection import WORKER_PATIENCE, connect
from bluegreen.store.deployments import Store
from bluegreen.system import environment, installation
from tasks import broker
from tasks.services import Services


class Loader(AppLoader):  # type: ignore[misc]
    """Imports from where this program lies. Celery's own looks into the current folder before anywhere else."""

    def import_from_cwd(self, module: str, imp: Any = None, package: str | None = None) -> Any:
        """The module of that name, as any import would find it."""
        return self.import_module(module, package)


class App(Celery):  # type: ignore[misc]
    """Takes its settings from our own celeryconfig, and none from variables that a Celery project has set.

    What a worker needs for its phases hangs on it, each made when it is first asked for.
    """

    #: otherwise CELERY_RESULT_BACKEND would name one
    backend_cls = "disabled"

    def start(self, argv: Sequence[str] | None = None) -> Any:
        """Celery's own command. BROKER_URL, APP, LOADER and the like are another application's."""
        from celery.bin.celery import celery

        for option in celery.params:
            if option.name != "no_color":
                option.envvar = None
        return super().start(argv)

    def connection_for_read(self, url: str | None = None, **options: Any) -> Any:
        """As Celery's, to our own Redis: CELERY_BROKER_URL would come before it."""
        return super().connection_for_read(url or self.conf["broker_url"], **options)

    def connection_for_write(self, url: str | None = None, **options: Any) -> Any:
        """The same."""
        return super().connection_for_write(url or self.conf["broker_url"], **options)

    def connection(self, url: str | None = None, **options: Any) -> Any:
        """The same."""
        return self.connection_for_write(url, **options)

    @cached_property
    def services(self) -> Services:
        """The config file's services; while the file is wrong, as it was when it could last be read.

        Raises ConfigError when it cannot be read at all.
        """
        path = environment.config_path()
        return Services(WatchedConfig(path, config_file.load(path)))

    @cached_property
    def installation(self) -> Installation:
        """The installation that this worker is of; made now unless there is one."""
        return installation.make(environment.config_path())

    @cached_property
    def store(self) -> Store:
        """This worker's store; it waits for Redis where a client would give up."""
        return Store(connect(environment.redis_url(), WORKER_PATIENCE), self.installation.id)

    @cached_property
    def hasty_store(self) -> Store:
        """The same without the waiting, for what is looked at again in a second."""
        return Store(connect(environment.redis_url()), self.installation.id)


broker.register()
# without fix-ups: Django's would load the settings that DJANGO_SETTINGS_MODULE names
app = App("bluegreen", loader=Loader, fixups=())
app.config_from_object("celeryconfig")


def task_name(phase: Phase) -> str:
    """How Celery, Flower and the logs call the phase's task."""
    return f"{'undo' if phase.undoes else 'deploy'}.{phase}"
