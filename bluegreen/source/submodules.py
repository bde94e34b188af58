"""Puts a commit's submodules where it has them, from the one mirror: their commits are fetched into it, too."""

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from bluegreen import failpoints
from bluegreen.deployment.errors import CommandFailed, PhaseFailed
from bluegreen.deployment.redaction import url_without_secrets
from bluegreen.source import files
from bluegreen.source.command import Git

#: under these names their commits are kept in the mirror
_KEPT = "refs/bluegreen/modules"
#: a repository in a repository in a repository: one that is its own submodule has no end
DEPTH = 10
_GITLINK = re.compile(r"160000 commit ([0-9a-f]{40,64})\t(.+)", re.DOTALL)


@dataclass(frozen=True)
class Submodule:
    """A commit of another repository, in a folder of this one."""

    path: str
    commit: str
    #: empty where .gitmodules does not name it
    url: str


def put_in_place(git: Git, index: Path, commit: str, folder: Path, depth: int = DEPTH) -> None:
    """Afterwards the commit's submodules have their files there, and theirs, too. PhaseFailed otherwise."""
    for each in _of(git, commit):
        if not each.url or not depth:
            why = "its repository is not named in .gitmodules" if depth else f"it lies {DEPTH} submodules deep"
            raise PhaseFailed(f"the submodule {each.path} cannot be fetched", why, "Correct it in the repository.")
        own, place = Git(git.folder, each.url, git.timeout, git.cancellation), folder / each.path
        with failpoints.around("fetch submodule"):
            _fetch(own, each)
        with failpoints.around("put submodule in place"):
            files.write(own, index, each.commit, place)
        put_in_place(own, index, each.commit, place, depth - 1)


def _of(git: Git, commit: str) -> Iterator[Submodule]:
    entries = git.checked("ls-tree", "-r", "-z", "--full-tree", commit).split("\0")
    links = [link for entry in entries if (link := _GITLINK.fullmatch(entry))]
    urls = _urls(git, commit) if links else {}
    for link in links:
        yield Submodule(link[2], link[1], urls.get(link[2], ""))


def _urls(git: Git, commit: str) -> Mapping[str, str]:
    """Path → where its repository is, by .gitmodules."""
    listed = git.run(
        "config", "--blob", f"{commit}:.gitmodules", "-z", "--get-regexp", r"^submodule\..*\.(path|url)$"
    )
    values = dict(line.split("\n", 1) for line in listed.text.split("\0") if "\n" in line)
    paths = {name.removesuffix(".path"): value for name, value in values.items() if name.endswith(".path")}
    return {path: absolute(git.url, values.get(f"{name}.url", "")) for name, path in paths.items()}


def absolute(parent: str, url: str) -> str:
    """A relative one begins at the repository that has the submodule."""
    if not url.startswith(("./", "../")):
        return url
    base = parent.rstrip("/")
    while url.startswith(("./", "../")):
        first, _, url = url.partition("/")
        if first == "..":
            base = base[: max(base.rfind("/"), base.rfind(":") + 1, 0)]
    return f"{base}{'' if base.endswith(':') else '/'}{url}"


def _fetch(git: Git, wanted: Submodule) -> None:
    """Afterwards the mirror has the commit whole. Many servers give one by its hash, all what a branch has."""
    kept = f"{_KEPT}/{wanted.commit}"
    if git.run("rev-parse", "--quiet", "--verify", kept).status == 0:
        return
    place = f"{_KEPT}/of-{hashlib.sha256(git.url.encode()).hexdigest()[:12]}"
    try:
        try:
            _take(git, f"+{wanted.commit}:{kept}")
        except CommandFailed:
            _take(git, f"+refs/heads/*:{place}/heads/*", f"+refs/tags/*:{place}/tags/*")
            git.checked("update-ref", kept, wanted.commit)
    except CommandFailed as error:
        raise PhaseFailed(
            f"the submodule {wanted.path} cannot be fetched from {url_without_secrets(git.url)}",
            f"commit {wanted.commit[:12]}: {error.saw or error.what}",
            "Is that commit pushed there, and can the worker's user fetch it without being asked anything? In a "
            "folder of this host it needs, as that user: git config --global protocol.file.allow always",
        ) from None


def _take(git: Git, *refspecs: str) -> None:
    line = ("fetch", "--quiet", "--no-tags", "--no-recurse-submodules", "--end-of-options", "origin", *refspecs)
    # as git itself does it: what a commit names may lie on other hosts, not in a folder of this one
    git.checked(*line, GIT_PROTOCOL_FROM_USER="0")
