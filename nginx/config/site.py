"""What in a site's own configuration does not go with our file, by what `nginx -T` prints. Pure."""

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from nginx.config.forwards import Spot, spots
from nginx.config.limits import too_low
from nginx.config.parser import Directive


@dataclass(frozen=True)
class Misfit:
    """A thing that does not go with our file."""

    what: str
    #: the lines of nginx's configuration that fix it
    fix: str
    #: users get errors by it; else they get something, and perhaps not what they should
    is_fatal: bool = True


def misfits(
    configuration: Sequence[Directive], name: str, is_variable: bool, files: Collection[str], resolves: bool
) -> tuple[Misfit, ...]:
    """All of them, once each. `files`: the paths by which nginx reads our file, where it does already.

    `resolves`: the variable has a name in it.
    """
    found: list[Misfit] = []
    for spot in spots(configuration, name, is_variable):
        if is_variable and _is_foreign(spot, name, files):
            continue
        found += _of_variable(spot, name, files) if is_variable else ()
        found += _of_resolver(spot) if is_variable and resolves else ()
        found += _of_tls(spot)
        found += _of_limits(spot)
    return tuple(dict.fromkeys(found))


def _of_variable(spot: Spot, name: str, files: Collection[str]) -> Iterator[Misfit]:
    if spot.sends.name != "proxy_pass":
        yield Misfit(
            f"{spot.where}: {spot.sends.name} cannot use ${name}, which has an http:// in it",
            f'{spot.sends.name} with the name of an upstream; and, in bluegreen.toml: template = "upstream"',
        )
        return
    yield from _of_argument(spot, name)
    yield from _of_setting(spot, name, f"include {next(iter(files), 'THE-FILE')};")
    sets_host = any(
        each.arguments[:1] and each.arguments[0].lower() == "host" for each in spot.in_force("proxy_set_header")
    )
    if not sets_host and not spot.in_force("proxy_redirect"):
        yield Misfit(
            f"{spot.where}: the application gets its own address as the Host, and where proxy_pass has a variable "
            "nginx puts no redirect to that right",
            "proxy_set_header Host $host;",
            is_fatal=False,
        )
    if spot.is_on("proxy_cache") and not spot.in_force("proxy_cache_key"):
        yield Misfit(
            f"{spot.where}: the cache's key has the colour's address in it, so that it is empty after each switch",
            "proxy_cache_key $scheme$host$request_uri;",
            is_fatal=False,
        )


def _of_argument(spot: Spot, name: str) -> Iterator[Misfit]:
    written = f"{spot.sends.name} {spot.sends.arguments[0]};"
    if spot.before:
        yield Misfit(
            f"{spot.where}: {written} is no address: the variable has its http:// itself",
            f"{spot.sends.name} ${name};",
        )
    elif spot.after.startswith("/") and "$" not in spot.after:
        location = re.search(r"location (?:\^~ )?(/\S*)$", spot.where)
        path = location[1] if location else "/"
        rewrite = "" if path == spot.after else f"rewrite ^{re.escape(path)}(.*)$ {spot.after}$1 break;\n"
        yield Misfit(
            f"{spot.where}: by {written} each request asks for {spot.after}, whatever it asked for",
            f"{rewrite}{spot.sends.name} ${name};",
        )


def _of_setting(spot: Spot, name: str, include: str) -> Iterator[Misfit]:
    """Whether the variable is set when requests come here."""
    setting = [block for block in spot.runs if _first_set(block, name) is not None]
    if not setting:
        elsewhere = _sets_inside(spot.server, name)
        yield Misfit(
            f"{spot.where}: ${name} is set "
            + ("in another location alone" if elsewhere else "nowhere in that server: each request is a 500"),
            f"{include}    # first in that server",
            is_fatal=not elsewhere,
        )
    for block in setting[-1:]:
        is_server = block is spot.server
        if (left := _leaves(block[: _first_set(block, name)], is_server)) is not None:
            yield Misfit(
                f"{spot.where}: `{left}` comes before ${name} is set: each request that it takes is a 500",
                f"{include}    # first in that {'server' if is_server else 'location'}",
            )


def _of_resolver(spot: Spot) -> Iterator[Misfit]:
    for each in spot.in_force("resolver"):
        if not any(word.startswith("valid=") for word in each.arguments):
            written = " ".join((each.name, *each.arguments))
            yield Misfit(
                f"{spot.where}: `{written}` believes Docker for ten minutes, where a container was that has moved",
                f"{written} valid=1s;",
                is_fatal=False,
            )


def _of_tls(spot: Spot) -> Iterator[Misfit]:
    is_tls = spot.before in ("https://", "grpcs://")
    family = "grpc" if spot.sends.name == "grpc_pass" else "proxy"
    looks = any(spot.is_on(f"{family}_ssl_{each}") for each in ("verify", "server_name"))
    if is_tls and looks and not spot.in_force(f"{family}_ssl_name"):
        yield Misfit(
            f"{spot.where}: the application's certificate is asked for, and looked at, by the upstream's name",
            f"{family}_ssl_name THE-NAME-IN-ITS-CERTIFICATE;",
            is_fatal=False,
        )


def _of_limits(spot: Spot) -> Iterator[Misfit]:
    if written := too_low(spot):
        yield Misfit(
            f"{spot.where}: `{written}` counts our own requests, too: what it refuses looks like a broken version",
            "limit_req_zone with an empty key for 127.0.0.1 and Docker's networks; or a burst of 200; or, in "
            "bluegreen.toml: receipt.probe_rate = 0",
            is_fatal=False,
        )


def _first_set(block: Sequence[Directive], name: str) -> int | None:
    """The place in the block of the first line that sets it; conditions count as met."""
    for index, each in enumerate(block):
        if _sets(each, name) or (each.name == "if" and any(_sets(inner, name) for inner in each.block)):
            return index
    return None


def _sets(each: Directive, name: str) -> bool:
    return each.name == "set" and each.arguments[:1] == (f"${name}",)


def _sets_inside(block: Sequence[Directive], name: str) -> bool:
    return any(_sets(each, name) or _sets_inside(each.block, name) for each in block)


def _leaves(block: Sequence[Directive], is_server: bool) -> str | None:
    """What there ends the work of `set` in the block. In a location, `last` goes to another one."""
    ends = ("last", "break") if is_server else ("break",)
    for each in block:
        if each.name == "break" or (each.name == "rewrite" and each.arguments[2:] and each.arguments[2] in ends):
            return " ".join((each.name, *each.arguments))
        if each.name == "if" and (inner := _leaves(each.block, is_server)):
            return inner
    return None


def _is_foreign(spot: Spot, name: str, files: Collection[str]) -> bool:
    """Whether another service's file, or somebody's own line, sets it there."""
    for block in reversed(spot.runs):
        lines = [line for each in block for line in ((each, *each.block) if each.name == "if" else (each,))]
        if setting := {line.file for line in lines if _sets(line, name)}:
            return bool(files) and setting.isdisjoint(files)
    return False
