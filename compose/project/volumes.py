"""The volumes of a colour's file: what users leave in one must be there for the other colour, too."""

from collections.abc import Collection, Sequence

from bluegreen.deployment.errors import PhaseFailed
from compose.engine.client import engine
from compose.project.color_file import ColorFile


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
        there = {each["Name"] for each in client.api.volumes()["Volumes"] or ()}
    lines = "\n".join(f"  {key}: {_one(key, service, (other, project), there)}" for key in keys)
    found = [f"{each}_{key}" for key in keys for each in (project, other) if f"{each}_{key}" in there]
    raise PhaseFailed(
        f"{file.path}: each colour would have a volume {', '.join(keys)} of its own",
        "What users leave with one version, the next one would not see. "
        + (f"There is already: {', '.join(found)}" if found else ""),
        f"Name one volume in the files of both colours:\nvolumes:\n{lines}",
    )


def _one(key: str, service: str, projects: Sequence[str], there: Collection[str]) -> str:
    """The definition of a volume for both: the other colour's, which may have users' data, where there is one."""
    found = [name for project in projects if (name := f"{project}_{key}") in there]
    return f"{{name: {found[0]}, external: true}}" if found else f"{{name: {service}_{key}}}"
