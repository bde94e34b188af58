"""Which access logs have the requests of a service, and what a line of one says. Pure."""

import re
from collections.abc import Callable, Iterator, Sequence

from deployment.receipt import AccessLog
from nginx.configuration import Directive

#: the format that nginx knows by itself
COMBINED = (
    '$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent '
    '"$http_referer" "$http_user_agent"'
)
_VARIABLE = re.compile(r"\$(?:\{(\w+)\}|(\w+))")

#: whether the argument of a `proxy_pass` sends requests to the service
Passes = Callable[[str], bool]


def passes_to(name: str, is_variable: bool) -> Passes:
    """For an upstream of that name, or for a variable that holds the address."""
    if is_variable:
        pattern = re.compile(rf"\$(?:{name}\b|\{{{name}\}})")
    else:
        pattern = re.compile(rf"^(?:\w+://)?{name}(?:[/:$]|$)")
    return lambda argument: bool(pattern.search(argument))


def access_logs(configuration: Sequence[Directive], passes: Passes) -> tuple[AccessLog, ...]:
    """The logs of all places that send requests to the service; one for each place, the one that says most."""
    http = [each for top in configuration if top.name == "http" for each in top.block]
    formats = {"combined": COMBINED} | {
        each.arguments[0]: "".join(word for word in each.arguments[1:] if not word.startswith("escape="))
        for each in http
        if each.name == "log_format" and each.arguments
    }
    places = list(_places(http, ()))
    foreign = {log.arguments[0] for logs, targets in places for log in logs if not any(map(passes, targets))}
    ours = [logs for logs, targets in places if any(map(passes, targets))]
    chosen = (_best([_described(log, formats, foreign) for log in logs]) for logs in ours)
    return tuple(dict.fromkeys(log for log in chosen if log))


def _places(
    block: Sequence[Directive], inherited: tuple[Directive, ...]
) -> Iterator[tuple[tuple[Directive, ...], list[str]]]:
    """Of each block that passes requests on: its access logs, and where to. Its own replace those around it."""
    own = tuple(each for each in block if each.name == "access_log" and each.arguments)
    logs = own or inherited
    targets = [word for each in block if each.name.endswith("_pass") for word in each.arguments]
    if targets:
        yield () if any(log.arguments[0] == "off" for log in logs) else logs, targets
    for each in block:
        if each.name in ("server", "location", "if", "limit_except"):
            yield from _places(each.block, logs)


def _described(directive: Directive, formats: dict[str, str], foreign: set[str]) -> AccessLog:
    path, *more = directive.arguments
    options = [word for word in more if "=" in word]
    name = more[0] if more and "=" not in more[0] else "combined"
    log = AccessLog(path=path, format=formats.get(name, ""), shared=path in foreign)
    return log.with_(trouble=_trouble(log, options), notes=_notes(log, options))


def _trouble(log: AccessLog, options: list[str]) -> str:
    said = set(variables(log.format))
    if log.path.startswith("syslog:") or "$" in log.path or any(each.startswith("gzip") for each in options):
        return "it is no plain file"
    if "status" not in said:
        return "its log_format has no $status"
    if log.shared and "upstream_addr" not in said:
        return "it has the requests of other upstreams, too, and its log_format no $upstream_addr"
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
    return max(logs, key=lambda log: (not log.trouble, len(wanted & set(variables(log.format)))), default=None)


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
