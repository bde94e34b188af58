"""What happens to the config file while a deployment is under way."""

import pytest

from bluegreen.deployment.states import Phase, PhaseState, State
from tests.e2e.host import Host

pytestmark = pytest.mark.real


@pytest.fixture
def baking(host: Host) -> str:
    """The id of a deployment in its bake."""
    host.deploy("v1")
    host.configure(bake=2)
    identity = host.bluegreen("deploy", "hello", "--ref", "v2", "--detach").stdout.strip()
    host.wait_until(lambda: host.phase_state(identity, Phase.VERIFY_TRAFFIC) is PhaseState.RUNNING)
    return identity


@pytest.mark.parametrize(
    ("there", "instead"),
    [
        ("[services.hello.health]", "[services.hello.health]\ntypo = 1"),
        pytest.param("services.hello", "services.renamed", marks=pytest.mark.long),
    ],
)
def test_a_deployment_ends_by_what_the_file_said_when_it_was_right(
    host: Host, baking: str, there: str, instead: str
) -> None:
    file = host.folder / "bluegreen.toml"
    file.write_text(file.read_text().replace(there, instead))

    host.wait_until(lambda: host.deployment(baking).state.final)

    assert host.deployment(baking).state is State.SUCCEEDED
    assert host.answer()["version"] == "v2"


def test_a_mistake_in_the_file_refuses_a_deployment_but_no_rollback(host: Host) -> None:
    """A rollback is the way out: it goes by what the file said when it was right."""
    assert (host.deploy("v1")[0], host.deploy("v2")[0]) == (0, 0)
    file = host.folder / "bluegreen.toml"
    file.write_text(file.read_text().replace("[services.hello.health]", "[services.hello.health]\ntypo = 1"))

    refused = host.bluegreen("deploy", "hello", "--ref", "v3")
    rolled_back = host.bluegreen("rollback", "hello")

    assert refused.returncode == 2 and "services.hello.health.typo" in refused.stderr
    assert rolled_back.returncode == 0, rolled_back.stdout + rolled_back.stderr
    assert host.answer()["version"] == "v1"
