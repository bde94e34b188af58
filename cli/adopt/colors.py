"""A config for a project that has a compose file for each colour. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bluegreen.deployment.errors import UsageError
from bluegreen.deployment.states import Color
from cli.adopt.draft import Draft, Value, health_of, redis_of, relative
from compose.project.color_file import ColorFile
from compose.survey import Running


@dataclass(frozen=True)
class Scene:
    """All that was seen of a project."""

    project: str
    folder: Path
    #: where the config will lie
    config_folder: Path
    #: the project's containers, and others that they share a network with
    running: Sequence[Running]
    #: `compose.color_file`, and what these files say
    color_file: str
    color_files: Mapping[Color, ColorFile]
    #: ports that nobody holds
    free: Sequence[int]


@dataclass(frozen=True)
class Application:
    """The service to deploy, with `{color}` in its name, and its host port by colour, where known."""

    service: str
    ports: Mapping[Color, int]
    health: str
    container: Running | None


def application_of(scene: Scene) -> Application:
    """By the colours' own files. UsageError: they name no service each that differs by the colour alone."""
    found = {}
    for color, file in scene.color_files.items():
        named = [name for name in file.services if color in name]
        with_ports = [name for name in named if file.services[name].get("ports")]
        if named:
            found[color] = file.service((with_ports or named)[0])
    patterns = {own.name.replace(color, "{color}") for color, own in found.items()}
    if len(found) < len(Color) or len(patterns) > 1:
        raise UsageError(
            f"{scene.color_file}: the two files have no service that differs by its colour alone",
            "; ".join(f"{each.path}: {', '.join(each.services)}" for each in scene.color_files.values()),
            "Call it app-blue in one, and app-green in the other; or remove both: bluegreen derives the colours "
            "from the project's own files then.",
        )
    ports = {color: int(min(own.published, key=int)) for color, own in found.items() if own.published}
    health = " ".join(map(str, (found[Color.BLUE].definition.get("healthcheck") or {}).get("test") or ()))
    running = next((each for each in scene.running if each.service in {own.name for own in found.values()}), None)
    return Application(patterns.pop(), ports, health or (running.health if running else ""), running)


def draft_of_colors(
    scene: Scene, application: Application, proxies: Sequence[dict[str, Value]], notes: Sequence[str], name: str
) -> Draft:
    """All of it; `proxies`: their tables."""
    workspace = "." if scene.folder == scene.config_folder else scene.folder.as_posix()
    return Draft(
        name=name,
        redis=redis_of(scene.running),
        service={"workspace": Value(workspace, "where the compose files are")},
        compose=_compose(scene, application),
        ports=_ports(scene, application),
        health={"path": health_of(application.health)},
        proxies=tuple(proxies),
        notes=tuple(notes),
    )


def color_of(name: str) -> Color | None:
    """The colour that is in a name."""
    return next((color for color in Color if color in name), None)


def _compose(scene: Scene, application: Application) -> dict[str, Value]:
    files = dict.fromkeys(path for each in scene.running if each.project == scene.project for path in each.files)
    shared = [relative(path, scene.folder) for path in files if not color_of(Path(path).name)]
    return {
        "shared": Value(shared, "never taken down by bluegreen"),
        "color_file": Value(scene.color_file, "in the workspace"),
        "service": Value(application.service, f"in {scene.color_file}"),
    }


def _ports(scene: Scene, application: Application) -> dict[str, Value]:
    free = [port for port in scene.free if port not in application.ports.values()]
    return {
        color.value: Value(application.ports[color], "published there")
        if color in application.ports
        else Value(free.pop(0), "nobody holds it now", False)
        for color in Color
    }
