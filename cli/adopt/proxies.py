"""Drafts of the proxies: which nginx sends requests to the application, and which file in it can be ours."""

import posixpath
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from bluegreen.system import platform
from cli.adopt.colors import Application, Scene
from cli.adopt.draft import Value, relative
from cli.adopt.places import FOLDER, folders_of, here_of
from compose.survey import Mount, Running
from nginx.config.targets import Switch, switches_in, targets_in

#: the texts of the files that an nginx reads, by path
Files = Mapping[str, str]
FILE = "upstream.inc"
#: this host as Docker Desktop's containers see it, unless its settings say otherwise: the Engine's gateway is the
#: virtual machine's there, on which nothing is published
DESKTOP = "192.168.65.254"


@dataclass(frozen=True)
class Found:
    """A table for each proxy, and what a person has to do about them."""

    tables: tuple[dict[str, Value], ...]
    notes: tuple[str, ...]


def proxies_of(scene: Scene, application: Application, nginxes: Mapping[str, Files], gateway: str | None) -> Found:
    """Each nginx that serves the application; one on this host itself when there is none."""
    running = [each for each in scene.running if each.runs_nginx]
    serving = [each for each in running if _serves(each, scene, application, nginxes[each.name])]
    tables = [_proxy(each, scene, application, nginxes[each.name], gateway) for each in serving]
    others = [
        f"The nginx {each.name} ({each.project}) runs too: add it if it serves this site."
        for each in running
        if each not in serving
    ]
    to_include = [each for each in serving if _switch(each, scene, application, nginxes[each.name]) is None]
    includes = [_to_include(each, _new_path(each, scene, nginxes[each.name])) for each in to_include]
    return Found(tuple(tables) or (_on_this_host(scene),), (*others, *includes))


def _serves(nginx: Running, scene: Scene, application: Application, files: Files) -> bool:
    """It is of the project, or sends requests to the application."""
    return nginx.project == scene.project or any(_reaches(nginx, application, each) for each in targets_in(files))


def _reaches(nginx: Running, application: Application, target: str) -> bool:
    """By a name on a network of both (elsewhere another container has that name), or by a port of this host."""
    host, _, port = target.rpartition(":") if re.search(r":\d+$", target) else (target, "", "")
    if "." in host or host == "localhost" or host.startswith("["):
        return port in map(str, application.ports.values())
    container = application.container
    return container is not None and host in container.names and _meet(nginx, application)


def _proxy(
    nginx: Running, scene: Scene, application: Application, files: Files, gateway: str | None
) -> dict[str, Value]:
    switch = _switch(nginx, scene, application, files)
    table = {"container": Value(nginx.name, f"service {nginx.service} of {nginx.project}")}
    table |= _file(nginx, scene, switch, switch.path if switch else _new_path(nginx, scene, files))
    if switch is not None:
        table |= {"template": Value(switch.template), "name": Value(switch.name, f"in {switch.path}")}
    if not _meet(nginx, application):
        table["upstream_address"] = this_host(gateway)
    if port := nginx.ports.get(80) or min(filter(None, nginx.ports.values()), default=None):
        table["url"] = Value(f"http://127.0.0.1:{port}", "the site, probed after each switch")
    return table


def _switch(nginx: Running, scene: Scene, application: Application, files: Files) -> Switch | None:
    """The file that sends requests to the application; else the first one that is nobody's yet."""
    found = [each for each in switches_in(files) if each.service in (None, scene.project)]
    own = [each for each in found if any(_reaches(nginx, application, target) for target in each.targets)]
    return next(iter(own or sorted(found, key=lambda each: each.service is None)), None)


def this_host(gateway: str | None) -> Value:
    """Its address for a container that shares no network with the application."""
    why = "this host as that container sees it: they share no network"
    if platform.shares_network_with_docker():
        return Value(gateway or "192.0.2.1", why, False)
    return Value(DESKTOP, f"{why}; in a container, `getent hosts host.docker.internal` shows it", False)


def _meet(nginx: Running, application: Application) -> bool:
    container = application.container
    return container is None or bool(set(nginx.networks) & set(container.networks))


def _file(nginx: Running, scene: Scene, switch: Switch | None, path: str) -> dict[str, Value]:
    """The file where it is, else a new one in the folder that nginx has from this host, else copied in."""
    why = f"{nginx.name} has it as {path}" if switch else "new, so that nginx has yet to include it"
    mount = next(
        (each for each in list(folders_of(nginx)) if path.startswith(f"{each.destination.rstrip('/')}/")), None
    )
    if mount is None:
        return {"copy_to": Value(path, why, switch is not None)}
    return {"file": Value(_source_of(path, mount, scene.folder), why, switch is not None)}


def _new_path(nginx: Running, scene: Scene, files: Files) -> str:
    folders = list(folders_of(nginx))
    folder = folders[0].destination if folders else f"{FOLDER}/conf.d"
    path = posixpath.join(folder, FILE)
    return posixpath.join(folder, f"{scene.project}-{FILE}") if path in files else path


def _to_include(nginx: Running, path: str) -> str:
    return (
        f"{nginx.name}: let it have `include {path};` in the http block, and `proxy_pass http://app;` "
        "in place of the application's address."
    )


def _source_of(path: str, mount: Mount, folder: Path) -> str:
    inner = posixpath.relpath(path, mount.destination)
    return relative((here_of(mount) / inner).as_posix(), folder)


def _on_this_host(scene: Scene) -> dict[str, Value]:
    return {
        "conf": Value(f"{FOLDER}/nginx.conf", "no nginx in a container was seen: one on this host?", False),
        "file": Value(f"{FOLDER}/{scene.project}-{FILE}", "include it in the http block", False),
    }
