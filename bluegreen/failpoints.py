"""Named points before and after every effect and every write: where a test may kill the process.

The one concession to tests in the product: `hook` does nothing until one of them replaces it.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager


def _nothing(_point: str) -> None:
    """What happens at a point outside of tests."""


hook: Callable[[str], None] = _nothing


@contextmanager
def around(effect: str) -> Iterator[None]:
    """Reach `before EFFECT`, run the block, and, unless it raised, reach `after EFFECT`."""
    hook(f"before {effect}")
    yield
    hook(f"after {effect}")
