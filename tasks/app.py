"""The Celery application, ours alone: the project in whose folder we stand may be a Celery project, too."""

from collections.abc import Sequence
from typing import Any

from celery import Celery
from celery.loaders.app import AppLoader

from bluegreen.deployment.states import Phase
from tasks import broker


class Loader(AppLoader):  # type: ignore[misc]
    """Imports from where this program lies. Celery's own looks into the current folder before anywhere else."""

    def import_from_cwd(self, module: str, imp: Any = None, package: str | None = None) -> Any:
        """The module of that name, as any import would find it."""
        return self.import_module(module, package)


class App(Celery):  # type: ignore[misc]
    """Takes its settings from our own celeryconfig, and none from variables that a Celery project has set."""

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


broker.register()
# without fix-ups: Django's would load the settings that DJANGO_SETTINGS_MODULE names
app = App("bluegreen", loader=Loader, fixups=())
app.config_from_object("celeryconfig")


def task_name(phase: Phase) -> str:
    """How Celery, Flower and the logs call the phase's task."""
    return f"{'undo' if phase.undoes else 'deploy'}.{phase}"
