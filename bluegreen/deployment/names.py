"""Refs and names that people type, checked before they reach a command line, a file name or an image tag.

They may come as JSON from anywhere, so that their types are checked, too.
"""

import re
from collections.abc import Collection

from bluegreen.deployment.errors import RefRefused, UsageError

#: git's own rules are wider (git help check-ref-format); these are the refs that people and tools really use:
#: web@1.4.2, feature/#12, Release/\u00c4\u00d6; letters are those of any alphabet
_REF = re.compile(r"[^\W_][\w.@#=,/+-]{0,199}")
_SERVICE = re.compile(r"[a-z0-9][a-z0-9_-]{0,40}")
_DEPLOYMENT = re.compile(r"[a-z0-9][a-z0-9_-]{0,80}")
_URL = re.compile(r"https?://[!-~]{1,500}")
#: characters of a name of who asks: a Jenkins job in folders and branches has a long one
REQUESTER_LENGTH = 200
#: a commit's hash, by SHA-1 or SHA-256, or an image's digest
_VERSION = re.compile(r"[0-9a-f]{40}|(sha256:)?[0-9a-f]{64}")
#: what a release may be called: an image tag, a word on a command line and in an nginx file
RELEASE = r"\A[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}\Z"
#: what an image tag may contain (Docker: at most 128 characters of these)
_NOT_IN_TAG = re.compile(r"[^A-Za-z0-9_.-]+")


def checked_version(version: str) -> str:
    """The hash of a commit, or the digest of an image, as it is, or RefRefused."""
    if not isinstance(version, str) or not _VERSION.fullmatch(version):
        raise RefRefused(f"{version!r} is neither a commit nor the digest of an image")
    return version


def checked_ref(ref: str) -> str:
    """The ref as it is, or RefRefused."""
    if (
        not isinstance(ref, str)
        or not _REF.fullmatch(ref)
        or ".." in ref
        or "//" in ref
        or "/." in ref
        or ref.endswith((".lock", "/", "."))
    ):
        raise RefRefused(
            f"ref {ref!r} is refused",
            advice="A ref is a branch, a tag or a commit: letters, digits and . _ / + - @ # = , ; "
            "it begins with a letter or a digit and has no space and no '..'.",
        )
    return ref


def checked_release(name: str) -> str:
    """The release's name as it is, or UsageError."""
    if not isinstance(name, str) or not re.match(RELEASE, name):
        raise UsageError(
            f"{_beginning(name)} is not the name of a release", advice="bluegreen releases SERVICE lists them."
        )
    return name


def task_id(deployment_id: str, epoch: int, phase: str) -> str:
    """What Flower and the logs call a phase: one that is sent again after a take-over is another task."""
    return f"{deployment_id}.{epoch}.{phase}"


def about_task(task: str) -> dict[str, str | int] | None:
    """What such an id names: `service`, `deployment`, `epoch`, `phase`; None where it is not one."""
    deployment, *rest = task.split(".")
    service, *number = deployment.rsplit("-", 3)
    if len(rest) != 2 or len(number) != 3 or not rest[0].isdecimal():
        return None
    return {"service": service, "deployment": deployment, "epoch": int(rest[0]), "phase": rest[1]}


def checked_service(name: str) -> str:
    """The service's name as it is, or UsageError."""
    if not isinstance(name, str) or not _SERVICE.fullmatch(name):
        raise UsageError(
            f"service name {name!r} is refused",
            advice="A name has lower-case letters, digits, - and _, at most 41 of them.",
        )
    return name


def checked_deployment(deployment_id: str) -> str:
    """The id as it is, or UsageError."""
    if not isinstance(deployment_id, str) or not _DEPLOYMENT.fullmatch(deployment_id):
        raise UsageError(
            f"{deployment_id!r} is not a deployment id", advice="bluegreen history SERVICE lists them."
        )
    return deployment_id


def checked_requester(name: str) -> str:
    """The name as it is, or UsageError: it stands in records, consoles and the history."""
    if not isinstance(name, str) or not name.strip() or len(name) > REQUESTER_LENGTH or not name.isprintable():
        length = f"; this one has {len(name)}" if isinstance(name, str) else ""
        raise UsageError(
            f"invalid requester name {_beginning(name)}",
            advice=f"A name has 1 to {REQUESTER_LENGTH} printable characters, in one line{length}.",
        )
    return name


def shortened_requester(name: str) -> str:
    """The name, of a long one its end: there the build's number is."""
    return name if len(name) <= REQUESTER_LENGTH else f"…{name[1 - REQUESTER_LENGTH :]}"


#: what a reason may be of
OVERRIDING, GOING_BACK = "overriding a freeze", "going back over migrations"
BREAKING = "breaking the live version"


def checked_reason(why: str, of: str = OVERRIDING) -> str:
    """The reason as it is, or UsageError: it stands in the history. `of`: what it is the reason of."""
    if not isinstance(why, str) or not why.strip() or len(why) > 200 or not why.isprintable():
        raise UsageError(
            f"invalid reason for {of}: {_beginning(why)}",
            advice="A reason has 1 to 200 printable characters, in one line.",
        )
    return why.strip()


def _beginning(given: object) -> str:
    return repr(given)[:100]


def checked_url(url: str) -> str:
    """The URL as it is, or UsageError: it is shown, never opened."""
    if not isinstance(url, str) or not _URL.fullmatch(url):
        raise UsageError(
            "the request's URL is refused", advice="It begins with http:// or https:// and has no space."
        )
    return url


def release_name(ref: str | None, commit: str | None, generation: int, taken: Collection[str] = ()) -> str:
    """A name for a release, safe as an image tag: the ref, else the commit, else the generation.

    The characters that a tag may have stay. HEAD does not name a release, nor does a ref without such characters.
    A name that is `taken` gets the generation too: two builds of one branch are two releases, and a rollback
    from the second must find the first.
    """
    word = _NOT_IN_TAG.sub("-", ref or "").strip("-.")[:100] if ref != "HEAD" else ""
    name = word or (commit[:12] if commit else f"r{generation}")
    while name in taken:
        name = f"{name}-{generation}"
    return name
