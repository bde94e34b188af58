"""Sends notifications of what became of deployments, inside each worker: no deployment waits for a notification.

Each notification is sent at least once: it leaves the outbox when it was sent, or when sending has failed for
good. If a worker is killed while it sends one, another worker sends it again. It names its deployment, so
that its reader can see that.
"""

import logging
import os
import threading
from collections.abc import Callable, Iterable, Sequence

from bluegreen import webhook
from bluegreen.deployment.errors import CommandFailed
from bluegreen.deployment.event import Event, EventKind
from bluegreen.deployment.notification import Kind
from bluegreen.deployment.record import Deployment
from bluegreen.parallel import at_once
from bluegreen.settings import notifications
from bluegreen.settings.notifications import NotificationSettings
from bluegreen.settings.service import Config, ServiceSettings
from bluegreen.store import events, outbox
from bluegreen.store.deployments import Store
from bluegreen.store.outbox import Entry
from bluegreen.store.refusals import StoreError, message_of
from bluegreen.system import environment, programs
from bluegreen.webhook import NotTaken

log = logging.getLogger(__name__)

#: seconds between two looks into the outbox
LOOK_SECONDS = 1.0
#: services of which notifications are sent at the same time
SENDERS = 16
#: seconds before each further attempt at a webhook that may take it later
PAUSES = (2.0, 8.0)


class Notifier:
    """Sends the notifications of the services that this worker serves: a slow one does not hold up the others."""

    def __init__(self, store: Store, worker: str, services: Iterable[str], config: Callable[[], Config]) -> None:
        self.store = store
        self.worker = worker
        self.services = tuple(services)
        self.config = config
        self._over = threading.Event()
        self._sending: set[str] = set()

    def start(self) -> None:
        """Send from now until `stop`."""
        threading.Thread(target=self._run, name="notifications", daemon=True).start()

    def stop(self) -> None:
        """Afterwards no attempt begins; what is not sent yet, another worker sends, or the next one."""
        self._over.set()

    def send_next(self, service: str) -> bool:
        """Send the oldest notification of the service. False: there is none, or another worker is sending it."""
        if outbox.first(self.store.redis, self.store.installation, service) is None:
            return False
        receivers = self.config().notifications
        seconds = sum(PAUSES) + 10 + max((2 * (1 + len(PAUSES)) * each.timeout for each in receivers), default=0)
        if not outbox.take_up(self.store.redis, self.store.installation, service, self.worker, seconds):
            return False
        entry = outbox.first(self.store.redis, self.store.installation, service)
        done = entry is None or self._is_done_with(service, entry)
        outbox.release(self.store.redis, self.store.installation, service, self.worker, entry if done else None)
        return done and entry is not None

    def _is_done_with(self, service: str, entry: Entry) -> bool:
        try:
            return self._send(service, entry)
        except StoreError:
            raise
        except Exception:
            # such as a record that cannot be read: kept, it would hold up all the notifications that follow
            log.exception("notification %s", entry)
            return True

    def _send(self, service: str, entry: Entry) -> bool:
        config, deployment = self.config(), self.store.get(entry.deployment_id)
        receivers = [each for each in config.notifications if each.wants(service, entry.kind)]
        if deployment is None or service not in config.services:
            return True
        problems = at_once(
            receivers, lambda each: self._problem(each, config.services[service], deployment, entry.kind)
        )
        if self._over.is_set() and any(problems):
            return False
        self._note(deployment, [problem for problem in problems if problem])
        return True

    def _problem(
        self, notification: NotificationSettings, service: ServiceSettings, deployment: Deployment, kind: Kind
    ) -> str | None:
        """Send to one receiver, and again after a problem that may pass. Why it was not sent; None when it was."""
        what = None
        for pause in (0.0, *PAUSES):
            if self._over.wait(pause):
                break
            try:
                send(notification, service, deployment, kind)
                return None
            except Exception as error:
                # Whatever it is, the notification is done with: kept, it would hold up all that follow.
                passing = isinstance(error, NotTaken) and error.passing
                what = f"the notification {kind} to {notification.label} was not delivered: {error}"
                if not passing:
                    break
        return what or "the worker stops"

    def _note(self, deployment: Deployment, problems: Sequence[str]) -> None:
        for problem in problems:
            log.warning("%s: %s", deployment.id, problem)
            event = Event(EventKind.NOTIFICATION_FAILED, data={"error": problem})
            events.add_late(self.store.redis, deployment.id, event)

    def _run(self) -> None:
        while not self._over.is_set():
            try:
                for service in outbox.due(self.store.redis, self.store.installation, self.services):
                    self._begin(service)
            except StoreError as error:
                log.warning("notifications wait for Redis: %s", message_of(error))
            self._over.wait(LOOK_SECONDS)

    def _begin(self, service: str) -> None:
        if service not in self._sending and len(self._sending) < SENDERS:
            self._sending.add(service)
            threading.Thread(
                target=self._send_all, args=(service,), name=f"notifications {service}", daemon=True
            ).start()

    def _send_all(self, service: str) -> None:
        try:
            while not self._over.is_set() and self.send_next(service):
                pass
        except StoreError as error:
            log.warning("notifications of %s wait for Redis: %s", service, message_of(error))
        except Exception:
            log.exception("notifications of %s", service)
        finally:
            self._sending.discard(service)


def send(notification: NotificationSettings, service: ServiceSettings, deployment: Deployment, kind: Kind) -> None:
    """Send to one receiver once. Raises NotTaken."""
    if notification.command:
        _run_command(notification.command, notification.timeout, service, deployment, kind)
        return
    url = notification.url or _variable(notification.url_env or "")
    token = _variable(notification.token_env) if notification.token_env else None
    try:
        notifications.checked_url(url)
    except ValueError as error:
        raise NotTaken(f"the variable {notification.url_env} {error}", passing=False) from None
    webhook.post(url, notifications.payload(deployment, kind), notification.timeout, token)


def _run_command(
    command: Sequence[str], timeout: float, service: ServiceSettings, deployment: Deployment, kind: Kind
) -> None:
    owner = f"{service.state_folder / deployment.service} notifications {' '.join(command)}"
    programs.end_leftovers(owner)  # what a killed worker has left of it
    with programs.working_for(owner):
        try:
            programs.run_checked(
                command,
                timeout=timeout,
                cwd=service.workspace,
                env={**os.environ, **notifications.variables(deployment, kind)},
            )
        except CommandFailed as error:
            raise NotTaken(" ".join(f"{error.what} {error.saw[-200:]}".split()), passing=False) from None


def _variable(name: str) -> str:
    value = environment.secret(name)
    if not value:
        raise NotTaken(f"the variable {name} is not set in the worker's environment", passing=False)
    return value
