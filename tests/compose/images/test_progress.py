"""How far a pull is."""

import pytest

from compose.images import progress
from compose.images.progress import Progress, count_layers, without_layers

pytestmark = pytest.mark.unit

PRINTED = """v2: Pulling from shop/app
31b3f1ad4ce1: Already exists
0ab1c2d3e4f5: Pulling fs layer
77aa88bb99cc: Pulling fs layer
0ab1c2d3e4f5: Waiting
77aa88bb99cc: Verifying Checksum
77aa88bb99cc: Download complete
77aa88bb99cc: Pull complete
"""


@pytest.mark.parametrize(
    ("printed", "counts"),
    [("", (0, 0)), ("v2: Pulling from shop/app\n", (0, 0)), (PRINTED, (2, 3)), (PRINTED[:110], (1, 3))],
)
def test_each_layer_counts_once_by_what_was_said_of_it_last(printed: str, counts: tuple[int, int]) -> None:
    assert count_layers(printed) == counts


def test_what_was_refused_stands_without_the_layers() -> None:
    refused = "Error response from daemon: unauthorized"

    assert without_layers(PRINTED + refused) == f"v2: Pulling from shop/app\n{refused}"


def test_it_is_reported_when_it_has_changed_and_not_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [10.0]
    monkeypatch.setattr(progress.time, "monotonic", lambda: now[0])
    said: list[str] = []
    pull = Progress("app:v2", said.append)

    pull(PRINTED)
    assert said == [], "a quick pull is not worth a line"
    now[0] += progress.SECONDS
    pull(PRINTED)
    pull(PRINTED.replace("0ab1c2d3e4f5: Waiting", "0ab1c2d3e4f5: Pull complete"))
    assert said == ["pulling app:v2: 2 of 3 layers are here"]
    now[0] += progress.SECONDS
    pull(PRINTED)
    assert len(said) == 1, "nothing has changed"
