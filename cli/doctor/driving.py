"""Checks of what drives deployments, as Redis knows it: workers, the beat, the last one's ending."""

from functools import partial
from zoneinfo import ZoneInfo

from bluegreen.deployment.errors import UsageError
from bluegreen.deployment.installation import Installation
from bluegreen.deployment.states import State
from bluegreen.settings import freezes
from bluegreen.settings.service import Config
from bluegreen.store import owners, schedules, workers
from bluegreen.store.clock import redis_time
from bluegreen.store.records import Records
from cli.doctor.findings import Advice, Check
from workflows.beat import target


def worker(store: Records, here: Installation | None, name: str) -> str:
    """Somebody runs what is asked for, and here."""
    owner = owners.of(store.redis, name)
    if owner and here:
        owners.refuse(name, owner, here)
    workers.serving(store.redis, name)
    return ", ".join(workers.alive(store.redis)[name])


def any_worker(store: Records) -> str:
    """What can be deployed from a machine that has no config file."""
    serving = workers.alive(store.redis)
    if not serving:
        raise Advice(
            "no worker is running for any service", advice="Start one on the deploy host (bluegreen worker)."
        )
    return f"workers run for {', '.join(sorted(serving))}"


def last_deployment(store: Records, name: str) -> str:
    """No rollback is left half done."""
    last = max(store.history(name), key=lambda deployment: deployment.generation, default=None)
    if last is not None and last.state is State.FAILED:
        raise UsageError(f"{last.id} failed, and needs a person", advice=f"bluegreen explain {last.id}")
    return f"{last.id} {last.state.words}" if last else "none so far"


def beat(store: Records) -> str:
    """Somebody looks at the schedules."""
    name = schedules.alive(store.redis, store.installation)
    if name is None:
        raise UsageError("no beat is running: no schedule does anything", advice="bluegreen beat, on this host")
    return name


def runs(store: Records, config: Config, name: str) -> str:
    """Not all of them fall into a freeze, as those of a night do when each night is one."""
    schedule = config.services[name].schedule
    assert schedule is not None
    run = freezes.free_run(config.freezes, name, schedule.runs, redis_time(store.redis))
    if run is None:
        raise Advice(
            "each run of the next year falls into a freeze, and is skipped",
            advice="Move the crontab or the freeze (docs/schedules.md#freezes); bluegreen schedule shows both.",
        )
    return f"the next run is at {run.astimezone(ZoneInfo(schedule.timezone)):%Y-%m-%d %H:%M %Z}"


def news(config: Config, name: str) -> str:
    """What a run would deploy now: git, or the registry, says it."""
    service = config.services[name]
    assert service.schedule is not None
    ref, version = target(name, service, service.schedule)
    return f"{ref or 'the newest'} is {version}"


def checks_of_service(store: Records, here: Installation | None, config: Config, name: str) -> list[Check]:
    """What Redis knows of a service."""
    of_schedule = [
        Check(name, "beat", partial(beat, store)),
        Check(name, "runs", partial(runs, store, config, name)),
    ]
    schedule = config.services[name].schedule
    asks = [Check(name, "schedule", partial(news, config, name))] if schedule and schedule.asks else []
    return [
        *(of_schedule if schedule else []),
        *asks,
        Check(name, "worker", partial(worker, store, here, name)),
        Check(name, "last deployment", partial(last_deployment, store, name)),
    ]


def checks_of_client(store: Records) -> list[Check]:
    """What matters where there is no config file."""
    return [Check("redis", "workers", partial(any_worker, store))]
