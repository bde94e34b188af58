"""Takes what clients ask for, inside each worker: checks it field by field, has it done, and answers.

A request is read again until it is forgotten, by this worker or another; its answer, written in the step that
decides it, is what makes the second time harmless. One that is too old is refused: it must not fire later.
"""

import logging
import re
import threading
import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from bluegreen import failpoints
from bluegreen.deployment.errors import BlueGreenError, UsageError
from bluegreen.deployment.value import Unreadable
from bluegreen.store import answers, requests
from bluegreen.store.answers import Answer, Answered, Ticket
from bluegreen.store.clock import redis_time
from bluegreen.store.inbox import AT_ONCE, Entry, Inbox
from bluegreen.store.refusals import StoreError, message_of
from bluegreen.store.requests import ASKED, Asked, Kind
from workflows.acts import Acts

log = logging.getLogger(__name__)

#: seconds that a look waits for a request, and the pause after one that came to AT_ONCE: a flood gets no more
LOOK_SECONDS, PAUSE_SECONDS = 1.0, 0.5
#: what a stopping worker takes until it has ended
STOPPING = (Kind.ABORT, Kind.UNLOCK)
#: seconds for which a request counts; to stop a deployment is never too late
COUNTS_FOR: Mapping[Kind, float] = {Kind.ABORT: 3600.0}
#: characters of a request
LONGEST = 4_000
_REQUEST = re.compile(r"[0-9a-f]{32}")


class Requests:
    """Looks after the requests to the installation that this worker is of."""

    def __init__(self, acts: Acts) -> None:
        self.acts = acts
        self.redis = acts.store.redis
        self.inbox = Inbox(self.redis, acts.here.id)

    def start(self) -> None:
        """Look from now until `stop`; what came while no worker was there is found first."""
        threading.Thread(target=self._run, name="requests", daemon=True).start()

    def stop(self) -> None:
        """Afterwards nothing new is taken; what this worker has in hand can be stopped until it is done."""
        self.inbox.listen(STOPPING)

    def look(self, wait: float) -> int:
        """Take what is there, or comes within so many seconds; how many there were."""
        number = 0
        for entry in self.inbox.waiting(wait):
            number += 1
            with failpoints.around("accept request"):
                self._take(entry)
            with failpoints.around("forget request"):
                self.inbox.forget(entry)
        return number

    def _take(self, entry: Entry) -> None:
        request = entry.fields.get("request", "")
        if not _REQUEST.fullmatch(request):
            log.warning("a request to %s is dropped: its id is not valid", entry.kind)
            return
        ticket = Ticket(entry.kind, request, self._until(entry))
        try:
            if deployment_id := self.acts.act(entry.kind, check(entry), ticket):
                answers.give(self.redis, ticket, Answer(deployment_id=deployment_id))
        except Answered:
            log.info("the request %s to %s was answered before", request, entry.kind)
        except StoreError:
            raise
        except Exception as error:
            answers.give(self.redis, ticket, Answer.refusing(_refusal(entry, error)))

    def _until(self, entry: Entry) -> datetime:
        latest = redis_time(self.redis).timestamp() + 1  # of an entry that claims to come from the future
        moment = datetime.fromtimestamp(min(entry.milliseconds / 1000, latest), UTC)
        return moment + timedelta(seconds=COUNTS_FOR.get(entry.kind, requests.TAKEN_WITHIN))

    def _run(self) -> None:
        while True:
            pause = LOOK_SECONDS
            try:
                pause = PAUSE_SECONDS if self.look(LOOK_SECONDS) >= AT_ONCE else 0.0
            except StoreError as error:
                log.warning("requests wait for Redis: %s", message_of(error))
            except Exception:
                log.exception("requests")
            time.sleep(pause)


def check(entry: Entry) -> Asked:
    """What is asked for, when each of its parts is what it must be; UsageError when not."""
    text = entry.fields.get("asked", "")
    if set(entry.fields) != {"request", "asked"} or len(text) > LONGEST:
        raise UsageError(
            "the request is refused: it is too long, or has other parts than its id and what is asked"
        )
    try:
        asked = ASKED[entry.kind].from_json(text)
    except Unreadable as error:
        raise UsageError(f"the request is refused: {error}") from None
    asked.check()
    return asked


def _refusal(entry: Entry, error: Exception) -> BlueGreenError:
    if isinstance(error, BlueGreenError):
        log.info("a request to %s is refused: %s", entry.kind, error)
        return error
    log.error("a request to %s", entry.kind, exc_info=error)
    return BlueGreenError(f"{type(error).__name__}: {error}", advice="The worker's log has more.")
