"""What an nginx shows of itself."""

import pytest

from bluegreen.deployment.machine import Output
from nginx.process import ending, refusal_in, serving

pytestmark = pytest.mark.unit

WORKERS = {
    7: "nginx: worker process",
    8: "nginx: worker process is shutting down",
    9: "nginx: worker process is shu",
}


def test_workers_that_end_take_no_new_requests() -> None:
    assert (serving(WORKERS), ending(WORKERS)) == ({7}, {8, 9})


@pytest.mark.parametrize(
    ("status", "text", "refusal"),
    [
        (0, "nginx: [warn] x", ""),
        (1, "a\nnginx: [emerg] x in /y:1\nb", "nginx: [emerg] x in /y:1"),
        (1, "no such file\n", "no such file"),
        (1, "", "it does not say why"),
    ],
)
def test_a_refusal_is_in_its_own_words(status: int, text: str, refusal: str) -> None:
    assert refusal_in(Output(status, text)) == refusal
