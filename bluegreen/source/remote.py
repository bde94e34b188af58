"""What a ref means at the remote now, with nothing fetched: for a schedule that asks whether there is news."""

import re
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

from bluegreen.deployment.errors import CommandFailed, PhaseFailed
from bluegreen.deployment.redaction import url_without_secrets
from bluegreen.settings.service import SourceSettings
from bluegreen.source.command import Git
from bluegreen.source.ref_names import meanings

#: seconds for one look
TIMEOUT = 60.0
#: of an annotated tag git prints two lines: the tag's own hash, and with this at its name's end the commit's
_PEELED = "^{}"
_HASH = re.compile(r"[0-9a-f]{40}([0-9a-f]{24})?")
#: such tags are not releases, unless the pattern asks for them
_PRERELEASE = re.compile(r"-(alpha|beta|pre|rc|dev)")


def commit_of(source: SourceSettings, ref: str | None) -> str:
    """The full hash that the ref means; None: the default branch. Raises PhaseFailed when there is no such ref."""
    if ref is not None and _HASH.fullmatch(ref):
        return ref
    wanted = meanings(ref)
    found = _listed(source, *wanted, *(f"{name}{_PEELED}" for name in wanted))
    for name in wanted:
        if name in found:
            return found[name]
    raise PhaseFailed(
        f"there is no branch or tag {ref or 'HEAD'!r} in {url_without_secrets(source.url)}",
        advice="Push it there, or correct the schedule's ref.",
    )


def newest_tag(source: SourceSettings, pattern: str) -> tuple[str, str]:
    """The tag that matches and has the highest version, and its commit. Raises PhaseFailed when none matches.

    Pre-releases (v2.0-rc1) do not count, unless the pattern has such a word (v*-rc*).
    """
    tags = _listed(source, f"refs/tags/{pattern}")
    for name, commit in tags.items():
        if _PRERELEASE.search(pattern) or not _PRERELEASE.search(name):
            return name.removeprefix("refs/tags/"), commit
    raise PhaseFailed(
        f"there is no tag {pattern!r} in {url_without_secrets(source.url)}",
        advice="Push one, or correct the schedule's newest_tag.",
    )


def _listed(source: SourceSettings, *patterns: str) -> Mapping[str, str]:
    """Full name → commit, the highest version first."""
    with TemporaryDirectory() as folder:
        git = Git(Path(folder), source.url, min(source.timeout, TIMEOUT), None)
        try:
            git.checked("init", "--quiet", "--bare", "--template=")
            text = git.checked("ls-remote", "--sort=-version:refname", "origin", *patterns)
        except CommandFailed as error:
            raise CommandFailed(
                f"cannot look into {url_without_secrets(source.url)}",
                f"{error.what}\n{error.saw}".rstrip(),
                "See that the worker's user may read it from here: git ls-remote with that URL says the same.",
            ) from None
    return _parsed(text)


def _parsed(text: str) -> Mapping[str, str]:
    lines = [line.split("\t") for line in text.splitlines() if "\t" in line]
    found = {name: commit for commit, name in lines if not name.endswith(_PEELED)}
    return found | {name.removesuffix(_PEELED): commit for commit, name in lines if name.endswith(_PEELED)}
