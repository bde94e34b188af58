"""Whether a Redis keeps what deployments need: through a restart, and when its memory is full."""

from dataclasses import dataclass

from redis import Redis
from redis.exceptions import RedisError


@dataclass(frozen=True)
class Problem:
    """A setting under which records or messages can get lost."""

    what: str
    fix: str

    def __str__(self) -> str:
        return f"{self.what}. {self.fix}"


def problems(redis: Redis) -> list[Problem]:
    """One for each such setting.

    Empty when all is well, or when this user may not ask (INFO): the connection itself is another's affair.
    """
    try:
        persistence, memory = redis.info("persistence"), redis.info("memory")
    except RedisError:
        return []
    found = []
    if not int(persistence.get("aof_enabled", 1)):
        what = "Redis keeps no append-only file: a restart forgets deployments of the last minutes, or all"
        found.append(Problem(what, "Set appendonly yes."))
    policy = memory.get("maxmemory_policy", "noeviction")
    if policy != "noeviction":
        what = (
            f"Redis throws keys away when its memory is full (maxmemory-policy {policy}): a lock or a record may "
            "be among them"
        )
        found.append(Problem(what, "Set maxmemory-policy noeviction."))
    return found
