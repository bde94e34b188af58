"""Asks for the deployments of the schedules when their times have come.

Any number of beats may run: a time is decided in one atomic step, with which its deployment is made
(`bluegreen.store.schedules`). What cannot be decided yet is looked at again, until the time is too far back.
"""

import logging
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import replace
from functools import partial

from bluegreen.deployment.errors import BlueGreenError
from bluegreen.deployment.installation import Installation
from bluegreen.deployment.states import State
from bluegreen.settings import freezes
from bluegreen.settings.schedule import Due, Schedule, due
from bluegreen.settings.service import Config, ServiceSettings
from bluegreen.source import remote
from bluegreen.store import owners, requests, schedules, workers
from bluegreen.store.clock import redis_time
from bluegreen.store.records import Records
from bluegreen.store.refusals import StoreError
from bluegreen.store.requests import Kind, Scheduled
from bluegreen.store.schedules import Cursor, Decided, ScheduledRun
from compose.runtime import ComposeRuntime

log = logging.getLogger(__name__)

#: in the record, the lock and the history: who asked
REQUESTED_BY = "schedule"
#: seconds after which what could not be decided is looked at again
AGAIN_SECONDS = 20.0
#: seconds that one service may hold up the look at the others
PATIENCE_SECONDS = 1.0


class Beat:
    """Looks at the schedules of a config."""

    def __init__(self, store: Records, here: Installation, name: str, config: Callable[[], Config]) -> None:
        self.store = store
        self.here = here
        self.name = name
        self.config = config
        self._not_before: dict[str, float] = {}
        self._waits_for: dict[str, str] = {}
        self._in_hand: dict[str, Future[None]] = {}
        self._pool = ThreadPoolExecutor(thread_name_prefix="schedule")

    def look(self) -> None:
        """Decide every time that has come; a service whose git is slow is not waited for."""
        schedules.beat(self.store.redis, self.store.installation, self.name)
        config = self.config()
        for name, service in config.services.items():
            if service.schedule and self._is_free(name):
                self._in_hand[name] = self._pool.submit(self._look_at, config, name)
        for ended in wait(self._in_hand.values(), PATIENCE_SECONDS).done:
            ended.result()

    def _is_free(self, name: str) -> bool:
        is_in_hand = name in self._in_hand and not self._in_hand[name].done()
        return not is_in_hand and time.monotonic() >= self._not_before.get(name, 0)

    def _look_at(self, config: Config, name: str) -> None:
        try:
            self._decide(config, name)
        except Decided:
            log.debug("%s: another beat was quicker", name)
        except BlueGreenError as reason:
            self._wait(name, str(reason))
        except StoreError:
            raise
        except Exception as error:
            log.exception("%s: its schedule", name)
            self._wait(name, f"{type(error).__name__}: {error}")

    def _wait(self, name: str, reason: str) -> None:
        log.warning("%s: its schedule waits: %s", name, reason)
        self._waits_for[name] = " ".join(reason.split())
        self._not_before[name] = time.monotonic() + AGAIN_SECONDS

    def _decide(self, config: Config, name: str) -> None:
        service = config.services[name]
        schedule = service.schedule
        assert schedule is not None
        cursor = schedules.ensure_cursor(self.store.redis, self.store.installation, name, schedule.rule)
        moment = redis_time(self.store.redis)
        found = due(schedule, cursor.decided, moment)
        if found is None:
            return
        when, what = found
        frozen = partial(freezes.in_force, config.freezes, name)
        run = ScheduledRun(self.store.installation, name, when, moment)
        if what is Due.MISSED:
            self._skip(run, f"missed: {self._waits_for.get(name, 'no beat was running')}")
        elif freeze := frozen(moment) or frozen(when):
            self._skip(run, f"frozen: {freeze}")
        else:
            self._run(service, schedule, cursor, run)
        self._waits_for.pop(name, None)

    def _run(self, service: ServiceSettings, schedule: Schedule, cursor: Cursor, run: ScheduledRun) -> None:
        self._require_worker(run.service)
        ref, version = target(run.service, service, schedule)
        run = replace(run, version=version)
        if schedule.only_when_changed and (why := self._why_unchanged(cursor, run)):
            self._skip(run, why)
            return
        asked = Scheduled(
            requested_by=REQUESTED_BY,
            service=run.service,
            time=run.time,
            seen=run.seen,
            ref=ref,
            version=version,
            starting_seconds=schedule.starting_deadline,
        )
        made = requests.ask(self.store.redis, self.here.id, Kind.SCHEDULE, asked)
        log.info("%s: %s is made for %s", run.service, made, run.time)

    def _require_worker(self, service: str) -> None:
        owner = workers.serving(self.store.redis, service)
        owners.refuse(service, owner, self.here)

    def _why_unchanged(self, cursor: Cursor, run: ScheduledRun) -> str | None:
        """Why there is no news: it is live, or was tried by this schedule before."""
        version, live = run.version, self.store.live(run.service)
        if live and live.release and version in (live.release.commit, live.release.published):
            return f"unchanged: {version} is live"
        last = self.store.get(cursor.deployment_id) if cursor.deployment_id else None
        if cursor.version == version and not (last and last.state is State.EXPIRED):
            return f"unchanged: {version} was deployed by {cursor.deployment_id}"
        return None

    def _skip(self, run: ScheduledRun, why: str) -> None:
        if schedules.skip(self.store.redis, run, why):
            log.info("%s: the run of %s does not take place: %s", run.service, run.time, why)


def target(name: str, service: ServiceSettings, schedule: Schedule) -> tuple[str | None, str | None]:
    """The ref to deploy, and its commit, or its image's digest, where the schedule needs to know.

    PhaseFailed where git or the registry does not say it: the run waits.
    """
    if not schedule.asks:
        return schedule.ref, None
    if service.source is None:
        return schedule.ref, ComposeRuntime(name, service).published(schedule.ref)
    if schedule.newest_tag:
        return remote.newest_tag(service.source, schedule.newest_tag)
    return schedule.ref, remote.commit_of(service.source, schedule.ref)
