"""What a ref means: a branch, a tag, a commit, the default branch, or an error that helps."""

import pytest

from bluegreen.deployment.errors import PhaseFailed, RefRefused
from bluegreen.source import remote
from bluegreen.source.git import Repository

pytestmark = pytest.mark.real


@pytest.fixture
def repository(service):
    return Repository("hello", service)


def test_without_a_ref_the_remotes_default_branch_is_taken(repository, upstream, cancellation):
    first = upstream.commit({"a": "1"})
    assert repository.fetch(None, cancellation) == first

    second = upstream.commit({"a": "2"})
    assert repository.fetch(None, cancellation) == second


def test_a_branch_means_its_newest_commit_and_a_tag_its_own(repository, upstream, cancellation):
    first = upstream.commit({"a": "1"})
    upstream.git("tag", "--annotate", "v1", "--message", "one")
    upstream.git("checkout", "--quiet", "-b", "feature/x")
    second = upstream.commit({"a": "2"})

    assert repository.fetch("feature/x", cancellation) == second
    assert repository.fetch("origin/feature/x", cancellation) == second
    assert repository.fetch("refs/heads/feature/x", cancellation) == second
    assert repository.fetch("v1", cancellation) == first
    assert repository.fetch("refs/tags/v1", cancellation) == first


@pytest.mark.parametrize("ref", ["web@1.4.2", "feature/#12-login", "Release/\u00c4\u00d6", "v2.0.0-rc.1+build.5"])
def test_refs_as_monorepos_have_them_are_found(repository, upstream, service, cancellation, ref):
    commit = upstream.commit({"a": "1"})
    upstream.git("tag", ref)
    upstream.commit({"a": "2"})

    assert repository.fetch(ref, cancellation) == remote.commit_of(service.source, ref) == commit


@pytest.mark.parametrize(
    "ref",
    ["HEAD", "origin/HEAD", "origin/trunk", "remotes/origin/trunk", "refs/remotes/origin/trunk", "heads/trunk"],
)
def test_refs_as_a_clone_or_jenkins_has_them_are_found(repository, upstream, service, cancellation, ref):
    commit = upstream.commit({"a": "1"})

    assert repository.fetch(ref, cancellation) == remote.commit_of(service.source, ref) == commit


@pytest.mark.parametrize("ref", ["refs/pull/7/head", "pull/7/head"])
def test_a_pull_request_is_found_and_followed(repository, upstream, service, cancellation, ref):
    upstream.commit({"a": "0"})
    for text in "12":
        upstream.git("checkout", "--quiet", "--detach")
        commit = upstream.commit({"a": text})
        upstream.git("update-ref", "refs/pull/7/head", "HEAD")
        upstream.git("checkout", "--quiet", "-B", "trunk", "HEAD")
        upstream.commit({})

        assert repository.fetch(ref, cancellation) == remote.commit_of(service.source, ref) == commit
    upstream.git("update-ref", "-d", "refs/pull/7/head")
    with pytest.raises(PhaseFailed, match="there is no branch, tag or commit"):
        repository.fetch(ref, cancellation)


def test_a_commit_may_be_given_in_full_or_short(repository, upstream, cancellation):
    first = upstream.commit({"a": "1"})
    upstream.commit({"a": "2"})

    assert repository.fetch(first, cancellation) == first
    assert repository.fetch(first[:8], cancellation) == first


def test_a_commit_that_was_fetched_needs_no_remote(repository, upstream, cancellation):
    first = upstream.commit({"a": "1"})
    repository.fetch("trunk", cancellation)
    upstream.folder.rename(upstream.folder.with_name("gone"))

    assert repository.fetch(first, cancellation) == first


def test_a_commit_that_is_on_no_branch_any_more_is_fetched_by_its_full_hash(repository, upstream, cancellation):
    upstream.commit({"a": "1"})
    lost = upstream.commit({"a": "2"})
    upstream.git("reset", "--hard", "--quiet", "HEAD~1")
    upstream.git("config", "uploadpack.allowAnySHA1InWant", "true")

    assert repository.fetch(lost, cancellation) == lost
    assert repository.fetch("trunk", cancellation) != lost
    assert repository.fetch(lost, cancellation) == lost


def test_a_branch_that_was_rewritten_or_turned_into_a_folder_is_followed(repository, upstream, cancellation):
    upstream.commit({"a": "1"})
    upstream.git("branch", "release")
    upstream.commit({"a": "2"})
    repository.fetch("trunk", cancellation)
    upstream.git("branch", "--delete", "--force", "release")
    upstream.git("branch", "release/1")
    upstream.git("commit", "--amend", "--quiet", "--message", "rewritten")
    rewritten = upstream.git("rev-parse", "HEAD")

    assert repository.fetch("trunk", cancellation) == rewritten
    assert repository.fetch("release/1", cancellation) != rewritten


def test_an_unknown_ref_is_named_with_what_there_is(repository, upstream, cancellation):
    upstream.commit({"a": "1"})
    upstream.git("tag", "v1")

    with pytest.raises(PhaseFailed) as raised:
        repository.fetch("v2", cancellation)

    assert raised.value.what.startswith("there is no branch, tag or commit 'v2' in")
    assert set(raised.value.saw.removeprefix("its newest branches and tags: ").split(", ")) == {"trunk", "v1"}
    with pytest.raises(PhaseFailed, match="no branch, tag or commit '0{40}'"):
        repository.fetch("0" * 40, cancellation)


def test_a_name_that_is_both_a_branch_and_a_tag_is_refused(repository, upstream, cancellation):
    upstream.commit({"a": "1"})
    upstream.git("tag", "v1")
    upstream.commit({"a": "2"})
    upstream.git("branch", "v1")

    with pytest.raises(PhaseFailed, match="both a branch and a tag"):
        repository.fetch("v1", cancellation)
    assert repository.fetch("refs/heads/v1", cancellation) == repository.fetch("trunk", cancellation)


@pytest.mark.parametrize("ref", ["--upload-pack=touch x", "-q", "a b", "a..b", "", "trunk^{/x}"])
def test_what_could_be_an_option_never_reaches_git(repository, cancellation, ref, tmp_path):
    with pytest.raises(RefRefused):
        repository.fetch(ref, cancellation)
    assert not (tmp_path / "state").exists()


def test_a_remote_that_is_not_there_is_named(make_service, cancellation, tmp_path):
    repository = Repository("hello", make_service(url=str(tmp_path / "nowhere")))

    with pytest.raises(PhaseFailed, match="cannot fetch .*nowhere") as raised:
        repository.fetch("trunk", cancellation)
    assert "does not appear to be a git repository" in raised.value.saw
