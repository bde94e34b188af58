"""Which file is served under which path."""

import pytest

from bluegreen.static.union import gone, union

pytestmark = pytest.mark.unit


def test_all_paths_are_there_and_the_first_layer_that_has_one_counts() -> None:
    layers = [("v2", ["app.2.js", "logo.png"]), ("v1", ["app.1.js", "logo.png"])]

    assert union(layers) == {"app.2.js": "v2", "logo.png": "v2", "app.1.js": "v1"}


@pytest.mark.parametrize(
    ("first", "second", "left"),
    [(["a"], ["a/b", "c"], {"a": "1", "c": "2"}), (["a/b/c"], ["a", "a/b", "d"], {"a/b/c": "1", "d": "2"})],
)
def test_a_file_and_a_folder_of_one_path_do_not_meet(
    first: list[str], second: list[str], left: dict[str, str]
) -> None:
    assert union([("1", first), ("2", second)]) == left


def test_a_path_that_no_layer_has_any_more_is_gone() -> None:
    assert gone(["b", "a", "c"], {"c": "v1"}) == ["a", "b"]
