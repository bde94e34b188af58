"""What the commands share: the config where there is one, and Redis."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from typing import TYPE_CHECKING

import click

from bluegreen.deployment.installation import Installation
from bluegreen.store import owners, workers
from bluegreen.store.connection import WORKER_PATIENCE, connect, expect_alone, translated, wait_until_loaded
from bluegreen.store.records import Records
from bluegreen.system import environment, state_folder

if TYPE_CHECKING:
    from bluegreen.settings.service import Config
    from tasks.services import Services


class App:
    """One run of the command."""

    @cached_property
    def config(self) -> "Config | None":
        """The config file's content; None on a machine that has none, such as a Jenkins agent."""
        path = environment.config_path()
        if not path.exists() and not environment.is_config_named():
            return None
        config = self._load()
        if config.redis.url:
            environment.set_redis_url(config.redis.url)
        return config

    @contextmanager
    def store(self, patience: float = 0) -> Iterator[Records]:
        """The store, after a first answer from Redis; RedisUnavailable when it does not come.

        Each answer is waited for, `patience` seconds at most.
        """
        url = self._redis_url()
        with translated(url):
            redis = connect(url, min(patience, WORKER_PATIENCE))
            expect_alone(redis, url)
            redis.time()  # not PING: a Redis that cannot write refuses it, and answers what only reads
            try:
                yield Records(redis)
            finally:
                redis.close()

    def await_redis_data(self) -> None:
        """For what runs on: a Redis that has just been started may read its data for minutes. RedisUnavailable."""
        wait_until_loaded(self._redis_url(), lambda message: click.echo(message, err=True))

    @cached_property
    def here(self) -> Installation | None:
        """The installation that this machine has for the config file; None where no worker ever ran by it."""
        return state_folder.installation_of(environment.config_path())

    def home(self, store: Records, service: str) -> Records:
        """The store of the installation where the service lives; of none where no worker has ever announced it.

        Raises UsageError on the host of another installation: what is asked for there is meant for that one.
        """
        owner = owners.of(store.redis, service)
        if owner and self.here:
            owners.refuse(service, owner, self.here)
        return store.home(service)

    def serving(self, store: Records, service: str) -> Installation:
        """The installation to ask about the service: see `home`, and UsageError when no worker of it is alive."""
        self.home(store, service)
        return workers.serving(store.redis, service)

    def require_config(self) -> "Config":
        """The config; ConfigError when there is no file."""
        return self.config or self._load()

    @cached_property
    def services(self) -> "Services":
        """The config's services, opened."""
        # They bring the Docker SDK, which takes half of the time that the command needs to start.
        from tasks.services import Services

        return Services(self.require_config)

    def require_configured(self, service: str) -> None:
        """Raise UsageError when there is a config and it does not have the service."""
        if self.config is not None:
            from bluegreen.settings import config_file

            config_file.service_of(self.config, service)

    def _redis_url(self) -> str:
        if not environment.is_redis_named():
            _ = self.config  # it may name it
        return environment.redis_url()

    def _load(self) -> "Config":
        # The models of the settings take a third of the time that the command needs to start.
        from bluegreen.settings import config_file

        return config_file.load(environment.config_path())
