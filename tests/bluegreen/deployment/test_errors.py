"""The tree at the top of errors.py against the classes below it."""

import inspect
import re

import pytest

from bluegreen.deployment import errors

pytestmark = pytest.mark.unit


def test_the_tree_shows_every_error_below_the_one_that_it_is_a_kind_of() -> None:
    parents, path = {}, []
    for line in re.findall(r"^    ([│├└─ ]*)(\w+)", errors.__doc__ or "", re.M):
        depth = len(line[0]) // 4
        path[depth:] = [line[1]]
        parents[line[1]] = path[depth - 1] if depth else "Exception"

    classes = inspect.getmembers(errors, inspect.isclass)

    assert parents == {name: kind.__bases__[0].__name__ for name, kind in classes}
