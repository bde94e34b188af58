"""The installation that tests speak for, where no worker makes one."""

from redis import Redis

from bluegreen.deployment.installation import Installation
from bluegreen.store import owners
from bluegreen.store.deployments import Store

HERE = Installation("0a1b2c3d", "deploy-host", "/srv/web/bluegreen.toml")
ELSEWHERE = Installation("e1e2e3e4", "staging", "/srv/staging/bluegreen.toml")


def store_of_worker(redis: Redis) -> Store:
    """The store of the installation whose worker has announced itself in this Redis; of none before."""
    return Store(redis, next((each.id for each in owners.every(redis).values()), ""))
