"""Whether a site's own configuration goes with a preview: for whoever asks for it, and nobody else. Pure."""

import re
from collections.abc import Collection, Iterator, Sequence
from fnmatch import fnmatchcase

from bluegreen.deployment.proxy import Condition
from nginx.config.forwards import Spot, spots
from nginx.config.parser import Directive
from nginx.config.site import Misfit


def variable_of(condition: Condition) -> str:
    """By which nginx knows what a request has there."""
    if condition.by == "header":
        return f"http_{condition.name.lower().replace('-', '_')}"
    return f"cookie_{condition.name}" if condition.by == "cookie" else "host"


def upstream_misfits(configuration: Sequence[Directive], name: str, file: str) -> tuple[Misfit, ...]:
    """Where our file has an upstream, which is one for all requests: the lines that make it a variable."""
    lines = [
        f"in {spot.where}: proxy_pass {_rest(spot)}    # in place of {spot.sends.name} {spot.sends.arguments[0]};"
        for spot in spots(configuration, name, is_variable=False)
    ]
    fix = [
        'in bluegreen.toml, for this proxy: template = "variable", without its name',
        f"in nginx's files: include {file};    # first in the server, in place of the http block",
        *dict.fromkeys(lines),
    ]
    what = f'a preview needs the template "variable": the upstream {name} is one for all requests'
    return (Misfit(what, "\n".join(fix)),)


def _rest(spot: Spot) -> str:
    return f"$service_url{spot.after};"


def preview_misfits(
    configuration: Sequence[Directive], name: str, files: Collection[str], condition: Condition
) -> tuple[Misfit, ...]:
    """What keeps a preview from those who ask for it, or gives it to others. `files`: paths of ours in nginx."""
    found: list[Misfit] = []
    served = [spot for spot in spots(configuration, name, is_variable=True) if _sets(spot.runs, name, files)]
    for spot in served:
        found += _of_place(spot, name, files)
        found += _of_cache(spot, name, condition)
    if condition.by == "host":
        found += _of_host(served, condition.name)
    return tuple(dict.fromkeys(found))


def _sets(blocks: Sequence[Sequence[Directive]], name: str, files: Collection[str]) -> bool:
    """Whether our file, which may not be there yet, is what sets it in one of these blocks."""
    setting = {each.file for block in blocks for each in block if _is_set(each, name)}
    return not files or not setting or not setting.isdisjoint(files)


def _is_set(each: Directive, name: str) -> bool:
    return each.name == "set" and each.arguments[:1] == (f"${name}",)


def _of_place(spot: Spot, name: str, files: Collection[str]) -> Iterator[Misfit]:
    """A condition in a location has nginx leave its try_files out, and those locations around it."""
    if any(_is_set(each, name) for block in spot.runs[1:] for each in block):
        yield Misfit(
            f"{spot.where}: ${name} is set in the location, where a condition changes what else counts",
            f"include {next(iter(files), 'THE-FILE')};    # first in that server, in place of the location",
        )


def _of_cache(spot: Spot, name: str, condition: Condition) -> Iterator[Misfit]:
    """By its default key nginx's cache parts the colours by their addresses."""
    keys = [word for each in spot.in_force("proxy_cache_key") for word in each.arguments]
    if not spot.is_on("proxy_cache") or not keys:
        return
    asks = variable_of(condition)
    named = {one or two for key in keys for one, two in re.findall(r"\$(?:\{(\w+)\}|(\w+))", key)}
    if named & {asks, name, "proxy_host", *(("http_host",) if asks == "host" else ())}:
        return
    if condition.by == "host":
        yield Misfit(f"{spot.where}: its cache would give previews to users", f"proxy_cache_key $host{keys[0]};")
    elif not all(_names(spot, each, asks) for each in ("proxy_cache_bypass", "proxy_no_cache")):
        yield Misfit(
            f"{spot.where}: its cache would give previews to users, and their pages to previews",
            f"proxy_cache_bypass ${asks};\nproxy_no_cache ${asks};",
        )


def _names(spot: Spot, directive: str, variable: str) -> bool:
    return any(
        word in (f"${variable}", f"${{{variable}}}")
        for each in spot.in_force(directive)
        for word in each.arguments
    )


def _of_host(served: Sequence[Spot], host: str) -> Iterator[Misfit]:
    """A server without a name answers to all."""
    names = [_server_names(spot) for spot in served]
    if not names or not all(names):
        return
    if all(set(each) == {host} for each in names):
        yield Misfit(
            f"{host} is the site's own name: every user asks for it", "in bluegreen.toml: another preview.host"
        )
    if not any(_answers(each, host) for each in names):
        yield Misfit(f"no server of the site answers to {host}", f"server_name {' '.join(names[0])} {host};")


def _server_names(spot: Spot) -> list[str]:
    found = [word.lower() for each in spot.server if each.name == "server_name" for word in each.arguments]
    return [each for each in found if each not in ("_", '""')]


def _answers(names: Collection[str], host: str) -> bool:
    """What a regular expression answers to is believed."""
    return any(
        each == host
        or each.startswith("~")
        or (each.startswith(".") and f".{host}".endswith(each))
        or ("*" in each and fnmatchcase(host, each))
        for each in names
    )
