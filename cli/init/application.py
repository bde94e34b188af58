"""Which of the services that were seen is the one to deploy, in which colours and on which ports. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bluegreen.deployment.states import Color
from bluegreen.settings.service import ComposeSettings
from compose.project.color_file import ColorFile
from compose.survey import Running

#: images that are not applications, by the last part of their name
BACKING = {"postgres", "mysql", "mariadb", "redis", "valkey", "mongo", "rabbitmq", "memcached", "elasticsearch"}


@dataclass(frozen=True)
class Value:
    """What a setting is, and why; one that is not `sure` is for a person to check."""

    value: Any
    why: str = ""
    sure: bool = True


@dataclass(frozen=True)
class Scene:
    """All that was seen of a project."""

    project: str
    folder: Path
    #: where the config will lie
    config_folder: Path
    #: the project's containers, and others that they share a network with
    running: Sequence[Running]
    #: `compose.color_file`, where the folder has such files, and what they say
    color_file: str | None
    color_files: Mapping[Color, ColorFile]
    #: host and host:port pairs that an nginx sends requests to
    targets: Sequence[str]
    #: ports that nobody holds
    free: Sequence[int]


@dataclass(frozen=True)
class Application:
    """The service to deploy, with `{color}` in its name, and its host port by colour, where known."""

    service: Value
    ports: Mapping[Color, int]
    inner_ports: Sequence[int]
    health: str
    container: Running | None


def application_of(scene: Scene) -> Application:
    """By the colours' own files, else by what runs."""
    return _of_files(scene) or _of_containers(scene)


def _of_files(scene: Scene) -> Application | None:
    found = {}
    for color, file in scene.color_files.items():
        named = [name for name in file.services if color in name]
        with_ports = [name for name in named if file.services[name].get("ports")]
        if named:
            found[color] = file.service((with_ports or named)[0])
    patterns = {own.name.replace(color, "{color}") for color, own in found.items()}
    if len(found) < len(Color) or len(patterns) > 1:
        return None
    blue = found[Color.BLUE]
    ports = {color: int(min(own.published, key=int)) for color, own in found.items() if own.published}
    health = " ".join(map(str, (blue.definition.get("healthcheck") or {}).get("test") or ()))
    running = next((each for each in scene.running if each.service in {own.name for own in found.values()}), None)
    why = f"in {scene.color_file}"
    return Application(
        Value(patterns.pop(), why), ports, (), health or (running.health if running else ""), running
    )


def _of_containers(scene: Scene) -> Application:
    candidates = [each for each in scene.running if not each.runs_nginx and not _is_backing(each)]
    colored = [each for each in candidates if color_of(each.service)]
    named = [each for each in candidates if each.names & {target.partition(":")[0] for target in scene.targets}]
    likely = colored or named or [each for each in candidates if each.ports]
    if not likely:
        return Application(
            Value(ComposeSettings().service, "no application was seen running", False), {}, (), "", None
        )
    chosen = likely[0]
    service = chosen.service
    if color := color_of(service):
        pattern = Value(service.replace(color, "{color}"), f"container {chosen.name}")
    else:
        others = sorted({each.service for each in likely} - {service})
        why = f"{service} runs in one colour" + (f"; or is it {', '.join(others)}?" if others else "")
        pattern = Value(f"{service}-{{color}}", why, False)
    # What runs without a colour is blue from now on: the first deployment goes to green, beside it.
    ports = {color_of(each.service) or Color.BLUE: _host_port(each) for each in colored or [chosen]}
    known = {color: port for color, port in ports.items() if port}
    return Application(pattern, known, tuple(chosen.ports), chosen.health, chosen)


def color_of(name: str) -> Color | None:
    """The colour that is in a name."""
    return next((color for color in Color if color in name), None)


def _host_port(container: Running) -> int | None:
    return min(filter(None, container.ports.values()), default=None)


def _is_backing(container: Running) -> bool:
    return container.image.rpartition("/")[2].partition(":")[0] in BACKING


def relative(path: str, folder: Path) -> str:
    """From the folder, where it lies in there; with forward slashes."""
    try:
        return Path(path).relative_to(folder).as_posix()
    except ValueError:
        return Path(path).as_posix()
