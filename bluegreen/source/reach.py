"""Whether a repository answers, without fetching anything of it."""

import tempfile
from pathlib import Path

from bluegreen.deployment.errors import CommandFailed, PhaseFailed
from bluegreen.source.command import Git

#: seconds for an answer
TIMEOUT = 20.0


def newest_commit(url: str) -> str:
    """The commit of the remote's default branch. PhaseFailed when git or the remote does not answer."""
    try:
        with tempfile.TemporaryDirectory() as folder:
            git = Git(Path(folder), url, TIMEOUT, None)
            git.checked("init", "--quiet", "--bare", "--template=")
            commit, _, _ = git.checked("ls-remote", "origin", "HEAD").partition("\t")
    except CommandFailed as error:
        advice = "See that `git ls-remote` works with source.url for the worker's user: its key, its network."
        raise PhaseFailed("the repository does not answer", error.saw or error.what, advice) from error
    if not commit:
        raise PhaseFailed("the repository has no commit", advice="Push one, or correct source.url.")
    return commit
