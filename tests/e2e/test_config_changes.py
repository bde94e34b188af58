"""What happens to the config file while a deployment is under way."""

import pytest

from deployment.states import Phase, PhaseState, State
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
        ("services.hello", "services.renamed"),
    ],
)
def test_a_deployment_ends_by_what_the_file_said_when_it_was_right(
    host: Host, baking: str, there: str, instead: str
) -> None:
    file = host.folder / "bluegreen.toml"
    file.write_text(file.read_text().replace(there, instead))

    host.wait_until(lambda: host.record(baking).state.final)

    assert host.record(baking).state is State.SUCCEEDED
    assert host.answer()["version"] == "v2"
