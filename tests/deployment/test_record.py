"""What a record may say: it comes from Redis, and reaches files, folders and command lines."""

import pytest

from deployment.frozen import Unreadable
from deployment.record import Release
from deployment.refs import release_name

pytestmark = pytest.mark.unit


@pytest.mark.parametrize("name", ["", "-x", "../x", "a b", "a'", "a\n", "a;b", "a/b", "x" * 129])
def test_a_release_name_is_one_plain_word(name: str) -> None:
    with pytest.raises(Unreadable):
        Release.from_json(Release(name=name).as_json())


@pytest.mark.parametrize("commit", ["../..", "HEAD", "", "abc/def"])
def test_a_commit_is_a_hash(commit: str) -> None:
    with pytest.raises(Unreadable):
        Release.from_json(Release(name="v1", commit=commit).as_json())


@pytest.mark.parametrize("ref", ["v1", "refs/tags/v1+2", "a" * 200, None])
def test_every_name_that_is_given_is_one(ref: str | None) -> None:
    release = Release(name=release_name(ref, None, 7, taken={"v1", "v1-7"}))

    assert Release.from_json(release.as_json()) == release
