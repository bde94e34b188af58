"""From a ref as people type it to the commit that it means."""

import re

from bluegreen.deployment.errors import CommandFailed, PhaseFailed
from bluegreen.deployment.redaction import url_without_secrets
from bluegreen.source.command import Git
from bluegreen.source.ref_names import DEFAULT, meanings

_HASH = re.compile(r"[0-9a-f]{40}([0-9a-f]{24})?")
_SHORT_HASH = re.compile(r"[0-9a-f]{4,64}")
_ALL = ("+refs/heads/*:refs/heads/*", "+refs/tags/*:refs/tags/*")
#: where what is neither branch nor tag is kept in the mirror: commits, the default branch, pull requests
_OTHERS = "refs/bluegreen"
#: refs named in an error
SHOWN = 10


def fetched(git: Git, ref: str | None) -> str:
    """The full hash of what the ref means at the remote now; the mirror has the commit whole.

    Raises PhaseFailed when the remote knows no such branch, tag or commit, or both a branch and a tag.
    """
    ref = ref or DEFAULT
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
    """A commit, or what Jenkins, GitHub and clones call a ref."""
    if _SHORT_HASH.fullmatch(ref) and (commit := _commit_of(git, ref)):
        return commit
    if _HASH.fullmatch(ref):
        return _fetched_alone(git, ref)
    return next(filter(None, (_known(git, name) for name in meanings(ref))), None)


def _known(git: Git, name: str) -> str | None:
    """What the remote has under the full name; branches and tags were fetched already."""
    is_here = name.startswith(("refs/heads/", "refs/tags/"))
    return _commit_of(git, name) if is_here else _fetched_alone(git, name)


def _fetched_alone(git: Git, wanted: str) -> str | None:
    """A commit that no branch or tag has any more, where the server still gives it, or a ref that is neither."""
    kept = f"{_OTHERS}/{wanted}"
    try:
        _fetch(git, f"+{wanted}:{kept}")
    except CommandFailed:
        return None
    return _commit_of(git, kept)


def _fetch(git: Git, *refspecs: str) -> None:
    try:
        git.checked("fetch", "--quiet", "--prune", "--no-tags", "--end-of-options", "origin", *refspecs)
    except CommandFailed as error:
        raise CommandFailed(
            f"cannot fetch {url_without_secrets(git.url)}",
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
        f"there is no branch, tag or commit {ref!r} in {url_without_secrets(git.url)}",
        f"its newest branches and tags: {', '.join(names) or 'none'}",
        "Is it pushed? A commit that is on no branch needs its full hash.",
    )
