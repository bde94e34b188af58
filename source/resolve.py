"""From a ref as people type it to the commit that it means."""

import re

from deployment.environment import without_password
from deployment.errors import CommandFailed, PhaseFailed
from source.command import Git

_HASH = re.compile(r"[0-9a-f]{40}([0-9a-f]{24})?")
_SHORT_HASH = re.compile(r"[0-9a-f]{4,64}")
_ALL = ("+refs/heads/*:refs/heads/*", "+refs/tags/*:refs/tags/*")
#: where the remote's default branch, and commits that no branch has, are kept in the mirror
_DEFAULT = "refs/bluegreen/default"
_COMMITS = "refs/bluegreen/commits"
#: refs named in an error
SHOWN = 10


def fetched(git: Git, ref: str | None) -> str:
    """The full hash of what the ref means at the remote now; the mirror has the commit whole.

    Raises PhaseFailed when the remote knows no such branch, tag or commit, or both a branch and a tag.
    """
    if ref is None:
        _fetch(git, *_ALL, f"+HEAD:{_DEFAULT}")
        return _found(git, "HEAD", _commit_of(git, _DEFAULT))
    if not (_HASH.fullmatch(ref) and _has_whole(git, ref)):
        _fetch(git, *_ALL)
    return _found(git, ref, _resolved(git, ref))


def _resolved(git: Git, ref: str) -> str | None:
    branch, tag = _commit_of(git, f"refs/heads/{ref}"), _commit_of(git, f"refs/tags/{ref}")
    if branch and tag and branch != tag:
        raise PhaseFailed(
            f"{ref!r} is both a branch and a tag, with different commits",
            f"branch {branch[:12]}, tag {tag[:12]}",
            f"Say refs/heads/{ref} or refs/tags/{ref}.",
        )
    return branch or tag or _spelled_otherwise(git, ref)


def _spelled_otherwise(git: Git, ref: str) -> str | None:
    """refs/tags/1.0 in full, a commit, or origin/main as Jenkins has it in GIT_BRANCH."""
    if ref.startswith(("refs/heads/", "refs/tags/")):
        return _commit_of(git, ref)
    if _SHORT_HASH.fullmatch(ref) and (commit := _commit_of(git, ref)):
        return commit
    if _HASH.fullmatch(ref):
        return _fetched_alone(git, ref)
    return _commit_of(git, f"refs/heads/{ref.removeprefix('origin/')}")


def _fetched_alone(git: Git, commit: str) -> str | None:
    """A commit that no branch or tag has any more; many servers still give it."""
    try:
        _fetch(git, f"+{commit}:{_COMMITS}/{commit}")
    except CommandFailed:
        return None
    return _commit_of(git, commit)


def _fetch(git: Git, *refspecs: str) -> None:
    try:
        git.checked("fetch", "--quiet", "--prune", "--no-tags", "--end-of-options", "origin", *refspecs)
    except CommandFailed as error:
        raise CommandFailed(
            f"cannot fetch {without_password(git.url)}",
            f"{error.what}\n{error.saw}".rstrip(),
            "Can the worker's user fetch it on this host without being asked anything?",
        ) from None


def _commit_of(git: Git, name: str) -> str | None:
    answer = git.run("rev-parse", "--quiet", "--verify", f"{name}^{{commit}}")
    found = _HASH.search(answer.text) if answer.status == 0 else None
    return found[0] if found else None


def _has_whole(git: Git, commit: str) -> bool:
    """Whether a ref leads to it: git moves a ref only when all that it leads to has arrived."""
    answer = git.run("for-each-ref", "--count=1", "--format=%(objectname)", f"--contains={commit}")
    return answer.status == 0 and bool(answer.text.strip())


def _found(git: Git, ref: str, commit: str | None) -> str:
    if commit is not None:
        return commit
    newest = ("--sort=-creatordate", "--format=%(refname:short)", "refs/heads", "refs/tags")
    names = git.run("for-each-ref", f"--count={SHOWN}", *newest).text.split()
    raise PhaseFailed(
        f"there is no branch, tag or commit {ref!r} in {without_password(git.url)}",
        f"its newest branches and tags: {', '.join(names) or 'none'}",
        "Is it pushed? A commit that is on no branch needs its full hash.",
    )
