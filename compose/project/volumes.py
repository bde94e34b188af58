"""The volumes of a colour's file: what users leave in one must be there for the other colour, too."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from docker import DockerClient

from bluegreen import failpoints
from bluegreen.deployment.cancellation import Cancellation
from bluegreen.deployment.errors import PhaseFailed
from compose.engine.client import engine
from compose.instances import PROJECT_LABEL
from compose.project.color_file import ColorFile

VOLUME_LABEL = "com.docker.compose.volume"


def split(file: ColorFile, project: str) -> list[str]:
    """Those of which each colour has one of its own, by the names in the file.

    One that says where its data is (`device`: a folder, NFS, tmpfs) is the same, or nothing, in both.
    """
    mounts = (each for service in file.services.values() for each in service.get("volumes") or ())
    used = {each["source"] for each in mounts if each.get("type") == "volume" and each.get("source")}
    return [
        key
        for key, volume in (file.content.get("volumes") or {}).items()
        if key in used
        and not volume.get("external")
        and volume.get("name") == f"{project}_{key}"
        and not (volume.get("driver_opts") or {}).get("device")
    ]


def check(file: ColorFile, service: str, project: str, other: str) -> None:
    """Raise PhaseFailed where the colours would have volumes of their own, with the lines that give them one.

    `project`, `other`: the Compose projects of the colour and of the other one.
    """
    if not (keys := split(file, project)):
        return
    with engine() as client:
        there = _there(client)
    lines = "\n".join(f"  {key}: {_one(key, service, (other, project), there)}" for key in keys)
    found = [f"{each}_{key}" for key in keys for each in (project, other) if f"{each}_{key}" in there]
    raise PhaseFailed(
        f"{file.path}: each colour would have a volume {', '.join(keys)} of its own",
        "What users leave with one version, the next one would not see. "
        + (f"There is already: {', '.join(found)}" if found else ""),
        f"Name one volume in the files of both colours:\nvolumes:\n{lines}",
    )


def expect_external(file: ColorFile) -> None:
    """Raise PhaseFailed where the project names a volume that others have made, and that is not there."""
    external = [each["name"] for each in _of_project(file).values() if each.get("external")]
    if not external:
        return
    with engine() as client:
        missing = sorted(set(external) - _there(client))
    if missing:
        raise PhaseFailed(
            f"{file.path}: there is no volume {', '.join(missing)}",
            "it is `external` there: neither Compose nor bluegreen makes it",
            f"Where it is new: docker volume create {missing[0]}",
        )


def make(file: ColorFile, cancellation: Cancellation) -> None:
    """Afterwards the volumes that a derived colour has are there: as Compose would make them for the project."""
    own = {key: each for key, each in _of_project(file).items() if not each.get("external")}
    if not own or file.origin is None:
        return
    with engine() as client:
        there = _there(client)
        for key, each in own.items():
            if each["name"] in there:
                continue
            with failpoints.around("make volume"):
                cancellation.check()
                client.volumes.create(
                    each["name"],
                    driver=each.get("driver") or "local",
                    driver_opts=each.get("driver_opts") or {},
                    labels={
                        **(each.get("labels") or {}),
                        PROJECT_LABEL: file.origin.project,
                        VOLUME_LABEL: key,
                    },
                )


def _of_project(file: ColorFile) -> Mapping[str, Mapping[str, Any]]:
    return file.origin.volumes if file.origin else {}


def _there(client: DockerClient) -> set[str]:
    return {each["Name"] for each in client.api.volumes()["Volumes"] or ()}


def _one(key: str, service: str, projects: Sequence[str], there: Collection[str]) -> str:
    """The definition of a volume for both: the other colour's, which may have users' data, where there is one."""
    found = [name for project in projects if (name := f"{project}_{key}") in there]
    return f"{{name: {found[0]}, external: true}}" if found else f"{{name: {service}_{key}}}"
