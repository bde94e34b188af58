"""Refs and names that people type, checked before they reach a command line, a file name or an image tag."""

import re
from collections.abc import Collection

from deployment.errors import RefRefused, UsageError

#: git's own rules are wider (git help check-ref-format); these are the refs that people really use
_REF = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/+-]{0,199}")
_SERVICE = re.compile(r"[a-z0-9][a-z0-9_-]{0,40}")
_DEPLOYMENT = re.compile(r"[a-z0-9][a-z0-9_-]{0,80}")
#: what an image tag may contain (Docker: at most 128 characters of these)
_NOT_IN_TAG = re.compile(r"[^A-Za-z0-9_.-]+")


def checked_ref(ref: str) -> str:
    """The ref as it is, or RefRefused."""
    if not _REF.fullmatch(ref) or ".." in ref or "//" in ref or ref.endswith((".lock", "/", ".")):
        raise RefRefused(
            f"ref {ref!r} is refused",
            advice="A ref is a branch, a tag or a commit: letters, digits and . _ / + - ; "
            "it does not begin with a dash and has no space and no '..'.",
        )
    return ref


def checked_service(name: str) -> str:
    """The service's name as it is, or UsageError."""
    if not _SERVICE.fullmatch(name):
        raise UsageError(
            f"service name {name!r} is refused",
            advice="A name has lower-case letters, digits, - and _, at most 41 of them.",
        )
    return name


def checked_deployment(deployment: str) -> str:
    """The id as it is, or UsageError."""
    if not _DEPLOYMENT.fullmatch(deployment):
        raise UsageError(f"{deployment!r} is no deployment's id", advice="bluegreen history SERVICE lists them.")
    return deployment


def release_name(ref: str | None, commit: str | None, generation: int, taken: Collection[str] = ()) -> str:
    """A name for a release, safe as an image tag: the ref, else the commit, else the generation.

    A name that is `taken` gets the generation too: two builds of one branch are two releases, and a rollback
    from the second must find the first.
    """
    word = _NOT_IN_TAG.sub("-", ref or (commit[:12] if commit else f"r{generation}"))[:100]
    name = word
    while name in taken:
        name = f"{name}-{generation}"
    return name
