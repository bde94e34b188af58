"""Which access logs have the requests of a service, and what a line of one says. Pure."""

import re
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import replace

from bluegreen.deployment.receipt import AccessLog
from nginx.config.build import Build
from nginx.config.locations import Location, Passes, servers
from nginx.config.parser import Directive

#: the format that nginx knows by itself
COMBINED = (
    '$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent '
    '"$http_referer" "$http_user_agent"'
)
_VARIABLE = re.compile(r"\$(?:\{(\w+)\}|(\w+))")


def access_logs(configuration: Sequence[Directive], passes: Passes, build: Build) -> tuple[AccessLog, ...]:
    """The logs of all places that send requests to the service; of each place one, the one that says most.

    No file is there twice. Where none is named, nginx writes that which it was built for.
    """
    http = [each for top in configuration if top.name == "http" for each in top.block]
    formats = _formats(http)
    unnamed = Directive("access_log", (build.access_log,))
    own, foreign = _sorted_out(servers(http, (unnamed,)), passes)
    shared = {log.arguments[0] for place in foreign for log in place.logs}
    mixed = _mixed(own, formats)
    locations = [[_described(log, formats, shared, mixed) for log in place.logs] for place in own if place.targets]
    found: dict[str, AccessLog] = {}
    for log in filter(None, map(_best, locations)):
        path = build.placed(log.path)
        found[path] = _merged(found.get(path, log), log).with_(path=path)
    return tuple(found.values())


def _formats(http: Sequence[Directive]) -> dict[str, str]:
    return {"combined": COMBINED} | {
        each.arguments[0]: "".join(word for word in each.arguments[1:] if not word.startswith("escape="))
        for each in http
        if each.name == "log_format" and each.arguments
    }


def _sorted_out(servers: list[list[Location]], passes: Passes) -> tuple[list[Location], list[Location]]:
    """Places of the site, and those of others: other servers, and what sends requests somewhere else.

    What our server answers by itself, such as files, is a part of the site.
    """
    own: list[Location] = []
    foreign: list[Location] = []
    for server in servers:
        is_site = any(map(passes, server))
        for place in server:
            # by a variable, one place may send requests to several upstreams
            parts = [replace(place, targets=(target,)) for target in place.targets]
            for part in parts or [place]:
                (own if passes(part) or (is_site and not part.targets) else foreign).append(part)
    return own, foreign


def _mixed(locations: Sequence[Location], formats: dict[str, str]) -> set[str]:
    """The files that have more than one format."""
    used: defaultdict[str, set[str]] = defaultdict(set)
    for log in (log for place in locations for log in place.logs):
        used[log.arguments[0]].add(_format(log, formats))
    return {path for path, texts in used.items() if len(texts) > 1}


def _format(log: Directive, formats: dict[str, str]) -> str:
    name = next((word for word in log.arguments[1:2] if "=" not in word), "combined")
    return formats.get(name, "")


def _described(directive: Directive, formats: dict[str, str], shared: set[str], mixed: set[str]) -> AccessLog:
    path, *more = directive.arguments
    options = [word for word in more if "=" in word]
    log = AccessLog(path=path, format=_format(directive, formats), shared=path in shared)
    problem = "it is written in several formats" if path in mixed else _problem(log, options)
    return log.with_(problem=problem, notes=_notes(log, options))


def _merged(one: AccessLog, two: AccessLog) -> AccessLog:
    """Of the same file, as two places write it."""
    return one.with_(problem=one.problem or two.problem, notes=tuple(dict.fromkeys((*one.notes, *two.notes))))


def _problem(log: AccessLog, options: list[str]) -> str:
    said = set(variables(log.format))
    if log.path.startswith("syslog:") or "$" in log.path or any(each.startswith("gzip") for each in options):
        return "it is no plain file"
    if "status" not in said:
        return "its log_format has no $status"
    if log.shared and "upstream_addr" not in said:
        return "it has the requests of other sites, too, and its log_format no $upstream_addr"
    return ""


def _notes(log: AccessLog, options: list[str]) -> tuple[str, ...]:
    notes = {
        "if=": "it has only some of the requests (if=)",
        "buffer=": "nginx writes it in blocks (buffer=), the last one may be missing",
    }
    found = [note for key, note in notes.items() if any(each.startswith(key) for each in options)]
    if "http_user_agent" not in variables(log.format):
        found.append("its log_format has no $http_user_agent: our probes are among the requests")
    return tuple(found)


def _best(logs: Sequence[AccessLog]) -> AccessLog | None:
    wanted = {"msec", "request_time", "upstream_addr", "http_user_agent"}
    return max(logs, key=lambda log: (not log.problem, len(wanted & set(variables(log.format)))), default=None)


def variables(format: str) -> list[str]:
    """Their names, in the order of the format."""
    return [braced or plain for braced, plain in _VARIABLE.findall(format)]


def reader(format: str) -> Callable[[str], dict[str, str] | None]:
    """What turns a line into the values of its variables; None for a line that is not of this format.

    Each value ends where the text that follows it in the format first appears: linear, whatever a user has sent.
    """
    before, *rest = re.split(_VARIABLE, format)
    names = [braced or plain for braced, plain in zip(rest[::3], rest[1::3], strict=True)]
    texts = rest[2::3]

    def read(line: str) -> dict[str, str] | None:
        if not line.startswith(before):
            return None
        rest, values = line[len(before) :], {}
        for name, text in zip(names, texts, strict=True):
            values[name], found, rest = rest.partition(text) if text else (rest, "", "")
            if text and not found:
                return None
        return values if re.fullmatch(r"\d{3}", values.get("status", "")) else None

    return read
