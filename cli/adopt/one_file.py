"""A config for a project of one compose file, as far as it can be known by looking. Pure."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from cli.adopt.draft import Draft, Value, health_of, redis_of, relative
from cli.adopt.look import Nginx
from compose.survey import Running
from nginx.config.parser import Directive
from nginx.config.passes import Pass


@dataclass(frozen=True)
class Subject:
    """What is adopted."""

    #: in bluegreen.toml
    name: str
    #: its containers
    containers: Sequence[Running]
    #: to which nginx sends its requests in the container; 0: not known
    port: int
    #: the only one that its compose files name; None: none, or several. What its image says does not count there
    written_port: int | None
    #: where the config will lie
    config_folder: Path

    @property
    def folder(self) -> Path:
        return Path(self.containers[0].folder)

    @property
    def service(self) -> str:
        return self.containers[0].service


def draft_of(
    subject: Subject,
    running: Sequence[Running],
    proxies: Sequence[Mapping[str, Value]],
    ports: Sequence[int],
    background: Mapping[str, dict[str, Value]],
) -> Draft:
    """All of it; `proxies`, `background`: their tables, `ports`: where an nginx reaches the colours by these."""
    chosen = subject.containers[0]
    workspace = "." if subject.folder == subject.config_folder else subject.folder.as_posix()
    compose = {
        "files": Value(
            [relative(each, subject.folder) for each in chosen.files], "the colours are derived from it"
        ),
        "service": Value(chosen.service, f"container {chosen.name}"),
    }
    if subject.port and subject.written_port != subject.port:
        compose["container_port"] = Value(subject.port, "nginx sends requests there")
    return Draft(
        name=subject.name,
        redis=redis_of(running),
        service={"workspace": Value(workspace)},
        compose=compose,
        ports={
            color: Value(port, "nobody holds it now")
            for color, port in zip(("blue", "green"), ports, strict=False)
        },
        health={"path": health_of(chosen.health)},
        proxies=tuple(map(dict, proxies)),
        background=background,
    )


def url_of(nginx: Nginx, server: Directive) -> str | None:
    """The site as this host reaches it; without TLS where the site answers so, too."""
    listens = [each.arguments for each in server.block if each.name == "listen" and each.arguments] or [("80",)]
    for words in sorted(listens, key=lambda words: "ssl" in words):
        found = re.search(r"(?:^|:)(\d+)$", words[0])
        port = int(found[1]) if found else 80
        here = port if nginx.is_on_host or nginx.container is None else nginx.container.ports.get(port)
        if here and not words[0].startswith("unix:"):
            return f"{'https' if 'ssl' in words else 'http'}://127.0.0.1:{here}"
    return None


def host_header_of(place: Pass) -> str | None:
    """The name that the site has, where it has one."""
    names = [word for each in place.server.block if each.name == "server_name" for word in each.arguments]
    return next((each for each in names if re.fullmatch(r"[a-z0-9-]+(\.[a-z0-9-]+)+", each)), None)
