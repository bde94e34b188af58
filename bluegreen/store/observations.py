"""What was seen of a service when somebody looked: which colour users get, and whether it answers.

A worker looks every few seconds, and writes it down for those who cannot look; a deployment looks before it says.
"""

from datetime import UTC, datetime

from redis import Redis

from bluegreen.deployment.states import Color
from bluegreen.deployment.value import Unreadable, Value
from bluegreen.store import keys
from bluegreen.store.clock import redis_time

#: seconds between two looks of a worker
LOOK_SECONDS = 4.0
#: seconds for which an observation is kept: when no worker looks any more, nobody knows
KEPT_SECONDS = 120


class Observation(Value, frozen=True):
    """What was seen. Without a colour, none of ours gets requests, or nobody knows: `what` says so."""

    color: Color | None
    release: str | None
    #: whether users get it, answering as its health check wants; None where there is nothing to be asked
    serves: bool | None
    #: what was seen of it, as a part of a sentence
    what: str
    #: an nginx that brings it to users is not running, however the colour itself answers
    is_cut_off: bool = False
    #: seconds since 1970, by Redis's clock
    at: float = 0.0

    @property
    def sentence(self) -> str:
        """What users get."""
        if self.color is None:
            return self.what
        named = " ".join(filter(None, (self.color, self.release)))
        if self.serves:
            return f"{named} answers"
        return f"{named} is live and {'cut off' if self.is_cut_off else 'does not answer'}: {self.what}"

    def age(self, moment: datetime) -> float:
        """Seconds since the look, by the clock that it was written by."""
        return max(0.0, (moment - datetime.fromtimestamp(self.at, UTC)).total_seconds())


def write(redis: Redis, installation: str, service: str, observation: Observation) -> None:
    """Afterwards everybody may read it, for a while."""
    seen = observation.with_(at=redis_time(redis).timestamp())
    redis.set(keys.observation(installation, service), seen.as_json(), ex=KEPT_SECONDS)


def read(redis: Redis, installation: str, service: str) -> Observation | None:
    """What a worker has last seen; None where none has looked for a while."""
    text: str | None = redis.get(keys.observation(installation, service))  # type: ignore[assignment]
    try:
        return Observation.from_json(text) if text else None
    except Unreadable:
        return None
