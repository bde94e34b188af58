"""Which kinds of request each role may send: each is a key of Redis that its user may write."""

from collections.abc import Mapping

from bluegreen.deployment.roles import Role
from bluegreen.store.requests import Kind

#: a promotion comes by a key of the role that it is sent by: what a message says of itself counts for nothing.
#: The largest role first, as a client tries them
PROMOTIONS: Mapping[Kind, Role] = {
    Kind.PROMOTE_AS_ALL: Role.ALL,
    Kind.PROMOTE: Role.PROMOTE,
    Kind.PROMOTE_AS_DEPLOY: Role.DEPLOY,
}
#: what docs/operating.md has the users of these roles write
KINDS: Mapping[Role, tuple[Kind, ...]] = {
    Role.LOOK: (),
    Role.DEPLOY: (Kind.DEPLOY, Kind.REDEPLOY, Kind.ABORT, Kind.PROMOTE_AS_DEPLOY),
    Role.PROMOTE: (Kind.PROMOTE, Kind.ABORT, Kind.ROLLBACK, Kind.MAINTENANCE),
    Role.ALL: (
        Kind.DEPLOY,
        Kind.REDEPLOY,
        Kind.ROLLBACK,
        Kind.ABORT,
        Kind.UNLOCK,
        Kind.PROMOTE_AS_ALL,
        Kind.MAINTENANCE,
    ),
}
