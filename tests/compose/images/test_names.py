"""What images are called, and by whom."""

import pytest

from bluegreen.deployment.states import Color
from compose.images.names import built_name, kept_name, repository, role_of

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("blue", "green"),
    [("app-blue", "app-green"), ("blue", "green"), ("blue_job", "green_job"), ("db", "db")],
)
def test_a_service_has_one_role_in_both_colours(blue: str, green: str) -> None:
    assert role_of(blue, Color.BLUE) == role_of(green, Color.GREEN)


def test_a_colour_inside_a_word_is_none() -> None:
    assert role_of("bluebird", Color.BLUE) == "bluebird"
    assert role_of("app", Color.BLUE) != role_of("app-blue", Color.BLUE)


def test_no_two_services_of_a_host_tag_the_same() -> None:
    names = [
        built_name("web", None, "v1"),
        built_name("web", "worker", "v1"),
        built_name("web-worker", None, "v1"),
        kept_name("web", None, "v1"),
        kept_name("web", "worker-{color}", "v1"),
    ]

    assert names[0] == "web:v1" and names[-1] == "bluegreen/web/worker-color:v1"
    assert len(set(names)) == len(names)


@pytest.mark.parametrize(
    ("image", "name"),
    [
        ("web", "web"),
        ("web:1", "web"),
        ("docker.io/library/web:1", "web"),
        ("docker.io/team/web", "team/web"),
        ("registry:5000/team/web:1", "registry:5000/team/web"),
        ("registry:5000/web@sha256:00", "registry:5000/web"),
        ("team/web:1@sha256:00", "team/web"),
    ],
)
def test_an_image_is_called_the_same_whatever_its_tag(image: str, name: str) -> None:
    assert repository(image) == name
