"""A proxy of a service that is adopted: its settings, and what changes in its files."""

import posixpath
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from cli.adopt import nginx_edit
from cli.adopt.draft import Value, relative
from cli.adopt.look import Nginx, Write
from cli.adopt.one_file import Subject, url_of
from cli.adopt.places import FOLDER, Place, folders_of, place_of
from cli.adopt.proxies import this_host
from cli.adopt.templates import template_of
from compose.survey import Running
from nginx.config.passes import Pass
from nginx.config.targets import switches_in


def as_written(nginx: Nginx, places: Sequence[Pass]) -> Nginx:
    """With the very texts of the files that may change: what `nginx -T` prints was read as text."""
    upstreams = (each.upstream for each in places if each.upstream)
    paths = {each.file for place in places for each in (place.sends, place.server)} | {
        each.file for each in upstreams
    }
    texts = {path: place_of(nginx.container, path).file.read() for path in paths}
    return replace(
        nginx, files={**nginx.files, **{path: text for path, text in texts.items() if text is not None}}
    )


@dataclass(frozen=True)
class Change:
    """What becomes of the files of one nginx."""

    writes: tuple[Write, ...] = ()
    #: what only a person can write: in a container's image
    by_hand: tuple[Write, ...] = ()
    notes: tuple[str, ...] = ()


def proxy_of(
    subject: Subject, nginx: Nginx, places: Sequence[Pass], gateway: str | None
) -> tuple[dict[str, Value], Change]:
    """Its table in the config, and what changes in its files."""
    named = {each.upstream.file for each in places if each.upstream}
    ready = next(
        (each for each in switches_in(nginx.files) if each.path in named and each.template == "upstream"), None
    )
    if ready and all(each.host == ready.name for each in places):
        name, place = ready.name, place_of(nginx.container, ready.path)
        text = nginx.files[ready.path]
        change = Change((Write(nginx, place, text, text),))
    else:
        place = _own_file(subject, nginx, places)
        name, change = _changed(subject, nginx, places, place)
    table = {"container" if nginx.container else "conf": Value(nginx.label)}
    table |= _file(subject, place)
    table["name"] = Value(name, "the upstream")
    if nginx.container and not nginx.is_on_host and not _meet(nginx.container, subject.containers[0]):
        table["upstream_address"] = this_host(gateway)
    if url := url_of(nginx, places[0].server):
        table["url"] = Value(url, "the site, probed after each switch")
    return table, change


def _meet(one: Running, other: Running) -> bool:
    return bool(set(one.networks) & set(other.networks))


def _file(subject: Subject, place: Place) -> dict[str, Value]:
    if place.is_inside:
        return {
            "copy_to": Value(place.path, "in the container alone: bluegreen puts it there again when it is gone")
        }
    return {"file": Value(relative(place.file.name, subject.folder), f"nginx has it as {place.path}")}


def _own_file(subject: Subject, nginx: Nginx, places: Sequence[Pass]) -> Place:
    """A new file, beside what it is included in where that is a folder of this host."""
    base = f"bluegreen-{subject.name}.inc"
    beside = posixpath.dirname(places[0].server.file)
    if nginx.container is None:
        return place_of(None, posixpath.join(beside, base))
    folders = [each.destination for each in folders_of(nginx.container)]
    folder = next(
        (each for each in (beside, *folders) if not place_of(nginx.container, f"{each}/{base}").is_inside), None
    )
    return place_of(nginx.container, posixpath.join(folder or f"{FOLDER}/conf.d", base))


def _changed(subject: Subject, nginx: Nginx, places: Sequence[Pass], own: Place) -> tuple[str, Change]:
    names = [subject.service, subject.name, f"{subject.containers[0].project}-{subject.service}"]
    change = nginx_edit.change(
        nginx.files, nginx.passes, places, own.path, [re.sub("[^A-Za-z0-9_.-]", "-", each) for each in names]
    )
    seed = Write(nginx, own, own.file.read(), change.seed)
    writes, by_hand, notes = [], list[Write](), list(change.notes)
    for path, text in change.texts.items():
        place = place_of(nginx.container, path)
        edited = Write(nginx, place, nginx.files[path], text)
        if not place.is_inside:
            writes.append(edited)
        elif template := template_of(nginx, edited):
            writes += [template, edited]
        else:
            by_hand.append(edited)
    if by_hand:
        return change.name, Change((), (seed, *writes, *by_hand), tuple(notes))
    if own.is_inside:
        notes.append(_inside(nginx, own))
    return change.name, Change((seed, *writes), (), tuple(notes))


def _inside(nginx: Nginx, own: Place) -> str:
    return (
        f"{own.path} lies in the container {nginx.label} alone, since no folder of its configuration is mounted: "
        "when the container is replaced, nginx starts once `bluegreen worker` has put the file back. To have it "
        f"on this host, mount a folder (`volumes: [./nginx-bluegreen:{FOLDER}/bluegreen]`): docker compose up "
        "replaces the container for that, and the site is away for about two seconds; then ask again."
    )
