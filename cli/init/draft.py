"""A config as far as it can be known by looking: each value with where it came from. Pure."""

import re
from dataclasses import dataclass
from pathlib import Path

from bluegreen.deployment.states import Color
from bluegreen.settings.service import ComposeSettings, HealthSettings
from cli.init.application import Application, Scene, Value, application_of, color_of, relative
from cli.init.proxies import Found


@dataclass(frozen=True)
class Draft:
    """The tables of a service, in the order in which they are written."""

    name: str
    redis: dict[str, Value]
    service: dict[str, Value]
    compose: dict[str, Value]
    ports: dict[str, Value]
    health: dict[str, Value]
    proxies: tuple[dict[str, Value], ...] = ()
    #: what a person has to do or to know besides
    notes: tuple[str, ...] = ()


def draft(scene: Scene, proxies: Found, name: str) -> Draft:
    """Everything but the proxies, which `cli.init.proxies` has drafted."""
    application = application_of(scene)
    return Draft(
        name=name,
        redis=_redis(scene),
        service={"workspace": Value(_workspace(scene), "where the compose files are")},
        compose=_compose(scene, application),
        ports=_ports(scene, application),
        health={"path": _health(application)},
        proxies=proxies.tables,
        notes=(*proxies.notes, *_notes(scene, application)),
    )


def _redis(scene: Scene) -> dict[str, Value]:
    for each in scene.running:
        if port := each.ports.get(6379):
            why = f"container {each.name}; one of bluegreen's own is as good"
            return {"url": Value(f"redis://127.0.0.1:{port}/0", why, False)}
    return {}


def _workspace(scene: Scene) -> str:
    return "." if scene.folder == scene.config_folder else scene.folder.as_posix()


def _compose(scene: Scene, application: Application) -> dict[str, Value]:
    files = dict.fromkeys(path for each in scene.running if each.project == scene.project for path in each.files)
    shared = [relative(path, scene.folder) for path in files if not color_of(Path(path).name)]
    color_file = Value(scene.color_file, "in the workspace") if scene.color_file else None
    table = {
        "shared": Value(shared, "never taken down by bluegreen"),
        "color_file": color_file
        or Value(ComposeSettings().color_file, "there are no such files yet: write them", False),
        "service": application.service,
    }
    if len(application.inner_ports) == 1 and not application.ports:
        table["container_port"] = Value(application.inner_ports[0], "it publishes none")
    return table


def _ports(scene: Scene, application: Application) -> dict[str, Value]:
    free = [port for port in scene.free if port not in application.ports.values()]
    return {
        color.value: Value(application.ports[color], "published there")
        if color in application.ports
        else Value(free.pop(0), "nobody holds it now", False)
        for color in Color
    }


def _health(application: Application) -> Value:
    found = re.search(r"https?://[^/\s'\"]+(/[^\s'\"|)]*)", application.health)
    if found:
        return Value(found[1], "from the container's own health check")
    return Value(HealthSettings().path, "what answers 200 only when the application is really ready?", False)


def _notes(scene: Scene, application: Application) -> list[str]:
    if scene.color_file:
        return []
    service = application.service.value
    return [
        f"Two colours are needed, each a compose file of its own: {ComposeSettings().color_file} with the service "
        f"{service}; docs/own-project.md shows one. What both share stays where it is.",
    ]
