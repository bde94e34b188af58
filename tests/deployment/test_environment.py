"""What may be shown of a URL."""

import pytest

from deployment.environment import without_password

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    "url",
    [
        "redis://:secret@host:6379/0",
        "redis://user:secret@host",
        "redis://:pa/secret@host",
        "redis://:pa#secret@host",
        "redis://host/0?password=secret",
        "https://user:secret@host/repository.git",
    ],
)
def test_a_password_is_never_shown(url: str) -> None:
    assert "secret" not in without_password(url)
    assert "host" in without_password(url)


@pytest.mark.parametrize("url", ["redis://127.0.0.1:6379/0", "ssh://git@host/x.git", "nonsense"])
def test_a_url_without_one_is_shown_as_it_is(url: str) -> None:
    assert without_password(url) == url
