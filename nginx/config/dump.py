"""The files that an nginx reads, as `nginx -T` prints them, seen from one service's file among them. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PureWindowsPath

from bluegreen.deployment.proxy import Condition, Marker
from bluegreen.settings.service import ProxySettings
from nginx.config.build import Build
from nginx.config.capabilities import Capabilities
from nginx.config.forwards import ports, protocols
from nginx.config.locations import Location, passes_to, servers
from nginx.config.parser import Directive
from nginx.config.parser import parse as parse_directives
from nginx.config.place import Misplaced, misplaced
from nginx.config.previews import preview_misfits, upstream_misfits
from nginx.config.site import Misfit, misfits
from nginx.config.unclosable import unclosable
from nginx.config.variables import written_out
from nginx.file.marker import parse
from nginx.logs.access_log import access_logs


@dataclass(frozen=True)
class Dump:
    """What an nginx reads."""

    #: their texts, by the paths that nginx knows them by; a container has our file in a folder of another name
    files: Mapping[str, str]
    service: str
    settings: ProxySettings
    #: of the service's file
    name: str

    def capabilities(self, build: Build, is_on_host: bool) -> Capabilities:
        """What the nginx can do, and what files other than ours do already."""
        name, own = self.settings.written_name, self._own_paths()
        directives = written_out(parse_directives(self.files), name, self._is_variable)
        passes = passes_to(name, self._is_variable, own)
        logs = access_logs(directives, passes, build)
        others = [each for each in self._around(directives) if not self._is_ours(self.files[each.file])]

        def is_set(name: str) -> bool:
            return any(each.name == name for each in others)

        return Capabilities(
            build.version,
            is_set("keepalive_min_timeout"),
            is_set("resolver"),
            is_set("resolver_timeout"),
            is_on_host,
            logs,
            ports(directives),
            protocols(directives, name, self._is_variable),
            misfits(directives, name, self._is_variable, own, self.settings.leads_to_names),
            unclosable(directives, name, self._is_variable, own),
        )

    @property
    def _is_variable(self) -> bool:
        return self.settings.template == "variable"

    def _around(self, directives: Sequence[Directive]) -> Iterator[Directive]:
        """What holds where our file stands: it is in the `http` block, or in the server that uses its variable.

        Told by the variable's users, since our file may not be there yet; all there is, where there are none.
        """
        http = [each for top in directives if top.name == "http" for each in top.block]
        yield from http
        found = [each for each in http if each.name == "server"]
        own = [
            server.block
            for server, locations in zip(found, servers(http), strict=True)
            if self._is_used(locations)
        ]
        for block in (own or [each.block for each in found]) if self._is_variable else ():
            yield from block

    def _is_used(self, locations: Sequence[Location]) -> bool:
        """Whether requests go where our variable says. Another service's file may set one of the same name."""
        name = self.settings.written_name
        foreign = {path for path, text in self.files.items() if parse(text) and not self._is_ours(text)}
        is_named = passes_to(name, True)
        return any(is_named(each) and not (each.sets.get(name) or {""}) <= foreign for each in locations)

    def says(self, marker: Marker) -> bool:
        """Whether one of them is ours, as written with this content."""
        return any(parse(text) == marker for text in self.files.values())

    def has_ours(self) -> bool:
        """Whether a file of our name has our mark: what we write there next, a reload takes up."""
        return any(map(self._is_ours, self._named().values()))

    def has(self, text: str) -> bool:
        """Whether a file of our name has this text, which shows it to be the same."""
        # what nginx prints was read as text: what is none, such as Latin-1, is replaced in it
        printed = text.strip().encode("utf-8", "surrogateescape").decode("utf-8", "replace")
        return any(printed in each for each in self._named().values())

    def misplaced(self, text: str | None) -> Misplaced | None:
        """Why our file, which has this text and is not ours yet, should not be written where it is."""
        return misplaced(self.files, self.name, text, self.settings.written_name, self._is_variable)

    def preview_misfits(self, condition: Condition) -> tuple[Misfit, ...]:
        """What does not go with a preview by that condition."""
        name = self.settings.written_name
        directives = written_out(parse_directives(self.files), name, self._is_variable)
        if not self._is_variable:
            return upstream_misfits(directives, name, next(iter(self._own_paths()), self.name))
        return preview_misfits(directives, name, self._own_paths(), condition)

    def _named(self) -> dict[str, str]:
        name = _base_name(self.name)
        return {path: text for path, text in self.files.items() if _base_name(path) == name}

    def _is_ours(self, text: str) -> bool:
        """Whether we wrote it for this service: another service's file is as good as anybody's."""
        marker = parse(text)
        return marker is not None and marker.service == self.service

    def _own_paths(self) -> list[str]:
        """By which paths nginx reads our file: by our mark in it, else by its name alone.

        Empty when it is not clear.
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
