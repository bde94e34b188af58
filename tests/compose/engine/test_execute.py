"""The output of a command in a container, put together from what the Engine hands over in pieces."""

import pytest

from compose.engine.execute import _whole

pytestmark = pytest.mark.unit


def test_a_line_is_whole_although_an_error_came_in_the_middle_of_it() -> None:
    """Seen with `nginx -T`: its complaints are on standard error, the files on standard output."""
    pieces = [(2, b"syntax is ok\n"), (1, b"upstream "), (2, b"test is successful\n"), (1, b"app {}\n")]

    assert _whole(pieces) == b"upstream app {}\nsyntax is ok\ntest is successful\n"
