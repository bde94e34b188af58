"""The files that an nginx reads, as `nginx -T` prints them, seen from one service's file among them. Pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PureWindowsPath

from deployment.settings import Proxy
from nginx.abilities import Abilities, Version
from nginx.accesslog import access_logs
from nginx.configuration import parse as parse_directives
from nginx.content import Content, parse
from nginx.places import passes_to


@dataclass(frozen=True)
class Dump:
    """What an nginx reads."""

    #: their texts, by the paths that nginx knows them by; a container has our file in a folder of another name
    files: Mapping[str, str]
    service: str
    settings: Proxy
    #: of the service's file
    name: str

    def abilities(self, version: Version) -> Abilities:
        """What the nginx can do, and what files other than ours do already."""
        others = "".join(text for text in self.files.values() if not self._is_ours(text))
        is_variable = self.settings.template == "variable"
        passes = passes_to(self.settings.written_name, is_variable, self._own_paths())
        logs = access_logs(parse_directives(self.files), passes)

        def is_set(directive: str) -> bool:
            return bool(re.search(rf"^\s*{directive}\s", others, re.MULTILINE))

        return Abilities(version, is_set("keepalive_min_timeout"), is_set("resolver"), logs)

    def says(self, content: Content) -> bool:
        """Whether one of them is ours, as written with this content."""
        return any(parse(text) == content for text in self.files.values())

    def has_ours(self) -> bool:
        """Whether a file of our name has our mark: what we write there next, a reload takes up."""
        return any(map(self._is_ours, self._named().values()))

    def has(self, text: str) -> bool:
        """Whether a file of our name has this text, which shows it to be the same."""
        return any(text.strip() in each for each in self._named().values())

    def _named(self) -> dict[str, str]:
        name = _base_name(self.name)
        return {path: text for path, text in self.files.items() if _base_name(path) == name}

    def _is_ours(self, text: str) -> bool:
        """Whether we wrote it for this service: another service's file is as good as anybody's."""
        content = parse(text)
        return content is not None and content.service == self.service

    def _own_paths(self) -> list[str]:
        """By which paths nginx reads our file: it has our mark, or, as long as it has none, the name alone tells.

        Empty when it cannot be told.
        """
        if marked := [path for path, text in self.files.items() if self._is_ours(text)]:
            return marked
        exact = PureWindowsPath(self.settings.copy_to or self.settings.file or "")  # whichever slashes it has
        if found := [path for path in self.files if PureWindowsPath(path) == exact]:
            return found
        unmarked = [path for path, text in self._named().items() if parse(text) is None]
        return unmarked if len(unmarked) == 1 else []


def _base_name(path: str) -> str:
    """Whichever slashes it has."""
    return PureWindowsPath(path).name
