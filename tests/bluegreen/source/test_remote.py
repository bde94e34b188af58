"""What a ref means at a remote, without a fetch."""

import pytest

from bluegreen.deployment.errors import CommandFailed, PhaseFailed
from bluegreen.settings.service import SourceSettings
from bluegreen.source import remote

pytestmark = pytest.mark.real


@pytest.fixture
def tagged(upstream):
    """A repository with tags, one of them annotated."""
    commits = {}
    for tag in ("v1.9", "v1.10-rc1", "v1.10", "v2.0-rc1"):
        commits[tag] = upstream.commit({"file": tag})
        upstream.git("tag", tag)
    commits["main"] = commits["v1.11"] = upstream.commit({"file": "v1.11"})
    upstream.git("tag", "-a", "-m", "annotated", "v1.11")
    return SourceSettings(url=str(upstream.folder)), commits


def test_a_ref_is_its_commit_also_behind_an_annotated_tag(tagged) -> None:
    source, commits = tagged

    assert remote.commit_of(source, None) == commits["main"]
    assert remote.commit_of(source, "v1.11") == commits["v1.11"]
    assert remote.commit_of(source, "refs/tags/v1.9") == commits["v1.9"]
    assert remote.commit_of(source, commits["v1.10"]) == commits["v1.10"]


def test_the_newest_tag_is_that_of_the_highest_version_and_no_pre_release(tagged) -> None:
    source, commits = tagged

    assert remote.newest_tag(source, "v*") == ("v1.11", commits["v1.11"])
    assert remote.newest_tag(source, "v*-rc*") == ("v2.0-rc1", commits["v2.0-rc1"])
    assert remote.newest_tag(source, "v1.9*") == ("v1.9", commits["v1.9"])


def test_what_is_not_there_is_named(tagged) -> None:
    source, _ = tagged

    with pytest.raises(PhaseFailed, match="no branch or tag 'nix'"):
        remote.commit_of(source, "nix")
    with pytest.raises(PhaseFailed, match=r"no tag 'x\*'"):
        remote.newest_tag(source, "x*")
    with pytest.raises(CommandFailed) as failed:
        remote.commit_of(SourceSettings(url="https://u:geheim@127.0.0.1:1/x"), None)
    assert "cannot look into https://***@127.0.0.1:1/x" in str(failed.value) and "geheim" not in str(failed.value)
