"""What a ref may mean at the remote, in full. Pure."""

DEFAULT = "HEAD"
_REMOTES = ("refs/remotes/origin/", "remotes/origin/")


def meanings(ref: str | None) -> tuple[str, ...]:
    """The full names that it may stand for there, the likeliest first, as git itself looks for them.

    None: the default branch. Jenkins has refs as a clone has them (origin/main), GitHub has some that are neither
    branches nor tags (pull/7/head).
    """
    if ref is None or ref == DEFAULT:
        return (DEFAULT,)
    for prefix in _REMOTES:
        if ref.startswith(prefix):
            return (_branch(ref.removeprefix(prefix)),)
    if ref.startswith("refs/"):
        return (ref,)
    others = (f"refs/{ref}",) if "/" in ref else ()
    cloned = (_branch(ref.removeprefix("origin/")),) if ref.startswith("origin/") else ()
    return (f"refs/heads/{ref}", f"refs/tags/{ref}", *cloned, *others)


def _branch(name: str) -> str:
    return DEFAULT if name == DEFAULT else f"refs/heads/{name}"
