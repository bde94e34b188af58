"""What an adoption will do, found out without changing anything."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from bluegreen import http
from bluegreen.deployment.errors import UsageError
from cli.adopt.background import Definition, sections_of, strangers
from cli.adopt.draft import Draft, Value
from cli.adopt.look import Nginx, Write, leading_to, nginxes, services_of_root, with_requests
from cli.adopt.one_file import Subject, draft_of, host_header_of
from cli.adopt.proxy_change import as_written, proxy_of
from compose.project.color_file import ColorService
from compose.survey import Running, Survey, free_port, taken_ports
from nginx.config.passes import Pass

#: where the search for a colour's port begins
FIRST_PORT = 7999


@dataclass(frozen=True)
class Plan:
    """All of it."""

    subject: Subject
    draft: Draft
    writes: tuple[Write, ...] = ()
    #: what only a person can write: in a container's image
    by_hand: tuple[Write, ...] = ()
    #: what a person should know before
    notes: tuple[str, ...] = ()

    @property
    def nginxes(self) -> list[Nginx]:
        """Those whose files change."""
        return list({each.nginx.label: each.nginx for each in self.writes}.values())


def plan(
    seen: Survey,
    project: Running,
    name: str | None,
    service: str | None,
    only: Sequence[str],
    folder: Path,
    definitions: Mapping[str, Definition],
) -> Plan:
    """How to adopt the service of the project. `name`: in bluegreen.toml; `only`: labels of nginx.

    `definitions`: the project's services as Compose has them.

    UsageError where it is not clear what is meant, or cannot be done.
    """
    own = [each for each in seen.running if each.project == project.project]
    found = _of(nginxes(seen, project.project), only, project.project)
    service = _service(own, found, service, name)
    containers = [each for each in own if each.service == service]
    leading = {each.label: places for each in found if (places := leading_to(each, service, own))}
    serving = _serving([each for each in found if each.label in leading], found, service, only)
    subject = Subject(
        name or _name(seen, project, service),
        containers,
        _port(leading, own),
        ColorService(service, definitions.get(service, {})).container_port(None),
        folder.resolve(),
    )
    tables, writes, by_hand, notes = [], list[Write](), list[Write](), list[str]()
    for seen_nginx in serving:
        nginx = as_written(seen_nginx, leading[seen_nginx.label])
        table, change = proxy_of(subject, nginx, leading_to(nginx, service, own), seen.gateway)
        tables.append(table)
        writes += change.writes
        by_hand += change.by_hand
        notes += change.notes
    by_port = any(
        each.is_on_host or "upstream_address" in table for each, table in zip(serving, tables, strict=True)
    )
    silent = {each.service for each in own if not each.runs_nginx} - with_requests(found, own) - {service}
    sections = sections_of(definitions, service, silent)
    notes += [
        f"{each} runs Celery with another image than {service}: if it belongs to the release, give it a section "
        f"[services.{subject.name}.background.{each}]"
        for each in strangers(definitions, service, silent)
    ]
    draft = draft_of(subject, own, tables, _free_ports(seen) if by_port else (), sections)
    site = leading[serving[0].label][0]
    return Plan(subject, _asked(draft, host_header_of(site)), tuple(writes), tuple(by_hand), tuple(notes))


def _of(found: Sequence[Nginx], only: Sequence[str], project: str) -> list[Nginx]:
    known = [each.label for each in found]
    if unknown := [each for each in only if each not in known]:
        raise UsageError(f"no nginx {', '.join(unknown)} runs", f"running: {', '.join(known) or 'none'}")
    chosen = [each for each in found if not only or each.label in only]
    for each in chosen:
        if each.refusal and (each.label in only or (each.container and each.container.project == project)):
            raise UsageError(
                f"{each.label}: nginx refuses its configuration as it is now",
                each.refusal,
                "Correct that file, and ask again.",
            )
    return chosen


def _service(own: Sequence[Running], found: Sequence[Nginx], service: str | None, name: str | None) -> str:
    known = sorted({each.service for each in own if not each.runs_nginx})
    if service or name in known:
        wanted = service or name or ""
        if wanted in known:
            return wanted
        raise UsageError(f"the project has no service {wanted} that runs", f"It has: {', '.join(known) or 'none'}")
    roots = services_of_root(found, own)
    if len(roots) == 1:
        return next(iter(roots))
    if roots:
        raise UsageError(
            f"several services are behind `location /`: {', '.join(sorted(roots))}",
            advice="Say which one: " + ", or ".join(f"bluegreen adopt --service {each}" for each in sorted(roots)),
        )
    raise UsageError(
        "no nginx was seen that sends requests to a service of this project",
        f"nginx: {', '.join(each.label for each in found) or 'none runs'}; services: {', '.join(known) or 'none'}",
        "Start the site's nginx, and ask again. bluegreen switches an nginx in front of the application.",
    )


def _serving(leading: Sequence[Nginx], found: Sequence[Nginx], service: str, only: Sequence[str]) -> list[Nginx]:
    if not leading:
        raise UsageError(
            f"no nginx sends requests to {service}",
            f"nginx: {', '.join(each.label for each in found) or 'none runs'}",
            "Choose another with --service NAME.",
        )
    if len(leading) > 1 and not only:
        options = " ".join(f"--nginx {each.label}" for each in leading)
        raise UsageError(
            f"several nginx send requests to {service}: {', '.join(each.label for each in leading)}",
            advice=f"Name the one that users meet, or all of them: {options}",
        )
    return list(leading)


def _name(seen: Survey, project: Running, service: str) -> str:
    """The service's own, unless another site's colours have it."""
    theirs = {each.project for each in seen.running if each.is_ours and not each.folder.startswith(project.folder)}
    taken = {f"{service}-blue", f"{service}-green"} & theirs
    name = f"{project.project}-{service}" if taken else service
    return re.sub(r"[^a-z0-9_-]+", "-", name.lower()).strip("-_")[:41] or "web"


def _port(leading: dict[str, list[Pass]], own: Sequence[Running]) -> int:
    """In the container."""
    targets = {target for places in leading.values() for each in places for target in each.targets}
    ports = {int(each.rpartition(":")[2]) for each in targets}
    published = {here: inner for each in own for inner, here in each.ports.items() if here}
    inner = {published.get(port, port) for port in ports}
    if len(inner) > 1:
        raise UsageError(
            f"nginx sends requests to several ports of it: {', '.join(map(str, sorted(inner)))}",
            advice="bluegreen switches one port of a service: let the other one be a service of its own.",
        )
    return inner.pop()


def _free_ports(seen: Survey) -> list[int]:
    taken = taken_ports(seen.running)
    first = free_port(FIRST_PORT, taken)
    return [first, free_port(first, taken)]


def _asked(draft: Draft, host: str | None) -> Draft:
    """The draft with what the site answers now."""
    health, proxies = dict(draft.health), []
    if host:
        health["host_header"] = Value(host, "the site's name")
    for table in draft.proxies:
        proxies.append(table)
        if "url" in table:
            answer = http.get(f"{table['url'].value}{health['path'].value}", 5, host)
            if answer.status is None:
                del table["url"]
            elif not 200 <= answer.status < 300:
                why = f"the site answers {answer.status} there: which path answers 200 when it is ready?"
                health["path"] = Value(health["path"].value, why, False)
    return replace(draft, health=health, proxies=tuple(proxies))
