"""Takes away what bluegreen has of a service that is given back: colours, images, files, records, the config."""

import tomllib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bluegreen import failpoints
from bluegreen.deployment.cancellation import NeverCancelled
from bluegreen.deployment.errors import NotRunning, UsageError
from bluegreen.settings import config_file
from bluegreen.settings.service import Config
from bluegreen.store import forgetting, workers
from bluegreen.store.records import Records
from bluegreen.system import environment, platform, state_folder
from cli.adopt import apply, journal
from cli.adopt.journal import Adoption
from compose import originals
from compose.runtime import ComposeRuntime
from tasks.services import opened

if TYPE_CHECKING:
    from cli.context import App


def deployment_in_hand(app: "App", adoption: Adoption) -> str | None:
    """The id of the one that a worker drives. RedisUnavailable."""
    with _records(app, _config(adoption)) as records:
        if records and workers.is_alive(records.redis, records.installation):
            held = records.holder(adoption.service)
            return held.id if held and not held.state.final else None
    return None


def leave(app: "App", adoption: Adoption) -> None:
    """Afterwards nothing of ours is left of the service, but for a config file that somebody has changed.

    UsageError while a worker is alive: it would go on with what it knows. Each step may be done twice, and the
    adoption is known until the last one.
    """
    config = _config(adoption)
    service = config_file.service_of(config, adoption.service)
    with _records(app, config) as records:
        if records:
            _expect_no_worker(records, adoption)
        apply.drain(adoption, service.drain.timeout)
        site = opened(adoption.service, service)
        ComposeRuntime(adoption.service, service).forget(NeverCancelled())
        if site.static:
            site.static.forget(NeverCancelled())
        if others := adoption.of(service.background_services.values()):  # once no other beat runs
            start(adoption, others)
            click.echo(f"{', '.join(others)} works again")
        is_last = _is_last(adoption)
        if records:
            forgetting.forget_service(records, adoption.service)
            if is_last:
                forgetting.forget_installation(records)
    _remove_state(service.state_folder)
    if is_last:
        with failpoints.around("delete config"):
            platform.remove(Path(adoption.config.path))
        _remove_installation()
    else:
        click.echo(f"{adoption.config.path} was changed since, and stays: it still has {adoption.service}")
    journal.forget(adoption.service)


def start(adoption: Adoption, names: Sequence[str]) -> None:
    """Afterwards these containers of the project run, with the restart policies that they had."""
    try:
        originals.start(names, adoption.policies)
    except NotRunning as error:
        services = {adoption.beside.get(each, adoption.compose_service) for each in names}
        raise UsageError(
            error.what,
            f"{', '.join(names)} ran before the adoption, and shall run again",
            f"In {adoption.folder}: docker compose up -d --no-deps {' '.join(sorted(services))}; then ask again.",
        ) from error


def _config(adoption: Adoption) -> Config:
    """As the file has it; as it was written, where it is gone or has the service no more."""
    path = Path(adoption.config.path)
    if path.exists() and adoption.service in (config := config_file.load(path)).services:
        return config
    written = config_file.parse(tomllib.loads(adoption.config.after))
    return written.locate(path.parent, state_folder.path_of(path))


@contextmanager
def _records(app: "App", config: Config) -> Iterator[Records | None]:
    """Those of this installation; None where no worker ever ran by the config."""
    if app.here is None:
        yield None
        return
    environment.set_redis_url(config.redis.url or environment.redis_url())
    with app.store() as store:
        yield store.at(app.here.id)


def _expect_no_worker(records: Records, adoption: Adoption) -> None:
    if workers.is_alive(records.redis, records.installation):
        raise UsageError(
            f"a worker of {adoption.config.path} runs: what is ours of {adoption.service} stays until it ends",
            "users get what served before",
            f"Stop the worker, and ask again; it counts as alive for {workers.BELIEVED_SECONDS} s after a kill.",
        )


def _is_last(adoption: Adoption) -> bool:
    """Whether the config is as it was written: then it has no other service, and goes."""
    return adoption.config.file.read() in (None, adoption.config.after)


def _remove_state(folder: Path) -> None:
    """All but what says how to go on after a kill."""
    with failpoints.around("remove state"):
        _remove_all_but(folder, state_folder.ADOPTION)


def _remove_installation() -> None:
    """The id, and locks; a service manager's files are for `bluegreen daemon uninstall`."""
    with failpoints.around("remove installation"):
        _remove_all_but(state_folder.path_of(environment.config_path()), "services", "daemons")


def _remove_all_but(folder: Path, *kept: str) -> None:
    for each in folder.iterdir() if folder.is_dir() else ():
        if each.name in kept:
            continue
        if each.is_dir() and not each.is_symlink():
            platform.remove_tree(each)
        else:
            platform.remove(each)
