"""Where a service lives: the first that announces it has it, until somebody says otherwise."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from redis import Redis

from bluegreen.deployment.errors import UsageError
from bluegreen.deployment.installation import Installation
from bluegreen.store import owners
from tests.here import ELSEWHERE, HERE


def test_of_two_installations_that_settle_at_once_one_has_the_name(redis: Redis) -> None:
    together = Barrier(2)

    def settle(here: Installation) -> dict[str, Installation]:
        together.wait()
        return owners.settle(redis, here, ["web", f"only-{here.host}"])

    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(settle, (HERE, ELSEWHERE)))

    winner = owners.of(redis, "web")
    assert sorted(map(len, answers)) == [0, 1] and {"web": winner} in answers
    assert list(owners.every(redis)) == sorted(["web", f"only-{winner.host}"]), "the refused one settles nothing"


def test_a_host_that_was_renamed_is_the_same_installation(redis: Redis) -> None:
    owners.settle(redis, HERE, ["web"])
    renamed = HERE.with_(host="deploy-host-2")

    assert owners.settle(redis, renamed, ["web"]) == {}
    assert owners.of(redis, "web") == renamed


def test_a_name_is_handed_over_once(redis: Redis) -> None:
    owners.settle(redis, HERE, ["web"])

    assert owners.hand_over(redis, "web", HERE, ELSEWHERE)
    assert not owners.hand_over(redis, "web", HERE, ELSEWHERE)
    assert owners.of(redis, "web") == ELSEWHERE


@pytest.mark.unit
@pytest.mark.parametrize(
    "named", [HERE.host, HERE.config, ELSEWHERE.host, ELSEWHERE.config, "bluegreen claim web"]
)
def test_a_refusal_names_both(named: str) -> None:
    with pytest.raises(UsageError) as refused:
        owners.refuse("web", HERE, ELSEWHERE)

    assert named in str(refused.value)


@pytest.mark.unit
def test_one_of_this_very_config_file_is_told_of_as_a_state_folder_that_was_lost() -> None:
    found_now = HERE.with_(id="anew")

    with pytest.raises(UsageError, match="the state folder was lost") as refused:
        owners.refuse("web", HERE, found_now)

    assert HERE.id in refused.value.saw and "anew" in refused.value.saw
    assert "bluegreen claim web" in refused.value.advice
