"""What an adoption has changed, kept in the state folder of this host: by that it is finished, or given back."""

from collections.abc import Collection, Sequence
from contextlib import suppress
from pathlib import Path

from bluegreen import failpoints
from bluegreen.deployment.errors import UsageError
from bluegreen.deployment.machine import ProxyFile
from bluegreen.system import environment, platform, state_folder, value_files
from cli.adopt.places import ExactFile, MountedFile
from compose.container import CopiedFile
from tasks.adopted import Adopted, NginxFile


class Written(NginxFile, frozen=True):
    """A file, before and after."""

    #: None: it was not there
    before: str | None = None
    #: it is mounted by itself
    is_mounted_alone: bool = False

    @property
    def file(self) -> ProxyFile:
        if self.container:
            return CopiedFile(self.container, self.path)
        return (MountedFile if self.is_mounted_alone else ExactFile)(Path(self.path))

    def has(self, text: str | None) -> bool:
        """Whether the text is one of both, or what a kill has left of a file that is filled in place."""
        if text in (self.before, self.after):
            return True
        if not self.is_mounted_alone or text is None:
            return False
        return _is_cut(text, self) or _is_cut(text, self.reversed())

    def reversed(self) -> "Written":
        """The way back, of a file that was there before."""
        return self.with_(before=self.after, after=self.before or "")


class Adoption(Adopted, frozen=True, kw_only=True):
    """One, from its first change on."""

    #: in bluegreen.toml
    service: str
    project: str
    folder: str
    compose_service: str
    #: of the project, as Compose was given them
    project_files: tuple[str, ...]
    config: Written
    #: of nginx, bluegreen's own first
    files: tuple[Written, ...] = ()
    #: labels of the nginx: containers, or the main files of those on this host with their program
    containers: tuple[str, ...] = ()
    hosts: tuple[tuple[str, str], ...] = ()
    #: of the project, changed when it was finished
    compose_files: tuple[Written, ...] = ()
    #: nginx has taken the files up
    done: bool = False

    def of(self, services: Collection[str]) -> tuple[str, ...]:
        """The containers of these other services."""
        return tuple(name for name, service in self.beside.items() if service in services)


def _is_cut(text: str, written: Written) -> bool:
    """Whether the text begins as the new one, and goes on as the old one, at the place where the new one ended."""
    pairs = enumerate(zip(text, written.after, strict=False))
    same = next((index for index, (one, other) in pairs if one != other), min(len(text), len(written.after)))
    return text[same:] == (written.before or "")[same:]


def written(file: ProxyFile, before: str | None, after: str) -> Written:
    """For the journal."""
    if isinstance(file, CopiedFile):
        return Written(file.path, after, file.container, before)
    return Written(file.name, after, None, before, isinstance(file, MountedFile))


def read(service: str) -> Adoption | None:
    """What was adopted under that name; None where nothing was."""
    says, advice = "what nginx's files were before", "Restore it, or put those files right by hand."
    return value_files.read(_path(service), Adoption, says=says, advice=advice, refusal=UsageError)


def require(service: str | None) -> Adoption:
    """The adoption that is meant. UsageError: there is none, or there are several."""
    there = {each.service: each for each in known()}
    if service in there:
        return there[service]
    if service is None and len(there) == 1:
        return next(iter(there.values()))
    what = f"{service} was not adopted" if service else "no service was adopted"
    raise UsageError(
        what if service or not there else "it is not clear which service is meant",
        f"adopted by {environment.config_path()}: {', '.join(there) or 'none'}",
        "Name one of these."
        if there
        else "`bluegreen adopt`, in the project's folder, shows what it would change.",
    )


def known() -> Sequence[Adoption]:
    """All of this config file."""
    folder = state_folder.path_of(environment.config_path()) / "services"
    names = (
        sorted(each.parent.name for each in folder.glob(f"*/{state_folder.ADOPTION}")) if folder.is_dir() else []
    )
    return [found for name in names if (found := read(name))]


def write(adoption: Adoption) -> None:
    """Keep it, in place of what was kept. PhaseFailed when it cannot be."""
    path = _path(adoption.service)
    with failpoints.around("note adoption"):
        value_files.write(path, adoption)


def forget(service: str) -> None:
    """Afterwards nothing is known of it, and no folder is left that had nothing else."""
    with failpoints.around("forget adoption"):
        path = _path(service)
        platform.remove(path)
        with suppress(OSError):  # something else is in there
            for each in (path.parent, path.parent.parent, path.parent.parent.parent):
                each.rmdir()


def _path(service: str) -> Path:
    return state_folder.adoption_of(environment.config_path(), service)
