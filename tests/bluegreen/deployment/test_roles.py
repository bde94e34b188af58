"""Roles, from the least to the most."""

import pytest

from bluegreen.deployment.roles import Role
from bluegreen.store.requests import Kind
from bluegreen.store.roles import KINDS, PROMOTIONS

pytestmark = pytest.mark.unit


def test_a_larger_role_suffices_for_a_smaller_one() -> None:
    assert Role.ALL.suffices_for(Role.PROMOTE) and Role.PROMOTE.suffices_for(Role.PROMOTE)
    assert not Role.DEPLOY.suffices_for(Role.PROMOTE) and not Role.LOOK.suffices_for(Role.DEPLOY)


def test_each_kind_of_request_belongs_to_a_role_but_for_those_of_a_schedule() -> None:
    assert {kind for kinds in KINDS.values() for kind in kinds} == set(Kind) - {Kind.SCHEDULE}
    assert {kind: role for role, kinds in KINDS.items() for kind in kinds if kind in PROMOTIONS} == dict(
        PROMOTIONS
    )
