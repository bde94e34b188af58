"""What in a site's own configuration does not go with a maintenance, by what `nginx -T` prints. Pure."""

from collections.abc import Collection, Iterator, Sequence

from nginx.config.forwards import Spot, spots
from nginx.config.parser import Directive


def unclosable(
    configuration: Sequence[Directive], name: str, is_variable: bool, files: Collection[str]
) -> tuple[str, ...]:
    """Sentences, each with what to write. `files`: the paths by which nginx reads our file."""
    found: list[str] = []
    for spot in spots(configuration, name, is_variable):
        found += _of_server(spot, files) if is_variable else _of_upstream(spot)
    return tuple(dict.fromkeys(found))


def _of_upstream(spot: Spot) -> Iterator[str]:
    """The page is answered by HTTP, and with 503."""
    written = " ".join((spot.sends.name, *spot.sends.arguments))
    if spot.sends.name != "proxy_pass" or spot.before not in ("", "http://"):
        yield f"{spot.where}: `{written}` speaks no plain HTTP, by which the page is answered"
        return
    for each in spot.in_force("proxy_next_upstream"):
        if "http_503" in each.arguments:
            again = " ".join((each.name, *each.arguments))
            yield (
                f"{spot.where}: by `{again}` the application is asked where the page is answered: "
                "write it without http_503"
            )


def _of_server(spot: Spot, files: Collection[str]) -> Iterator[str]:
    """The page is answered by the site's own server, at one more address."""
    listens = [each for each in spot.server if each.name == "listen" and each.file not in files]
    if not listens:
        yield f"{spot.where}: it has no listen, and ours would take the place of nginx's own: write listen 80;"
    if files and not any(each.file in files for each in spot.server):
        yield f"{spot.where}: {next(iter(files))} is included in a location: include it in the server, first"
