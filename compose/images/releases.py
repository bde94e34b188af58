"""Which images a service's releases are: obtained once, kept under tags of ours, known by a file of this host."""

import contextlib
from collections.abc import Callable, Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

from docker import DockerClient

from bluegreen import failpoints
from bluegreen.deployment.cancellation import Cancellation
from bluegreen.deployment.errors import ImageRefused
from bluegreen.deployment.record import Release
from bluegreen.deployment.states import Color
from bluegreen.parallel import at_once
from bluegreen.system.locks import exclusive
from compose.engine.client import engine
from compose.images import file as imagefile
from compose.images import holding, pull
from compose.images.file import Image
from compose.images.names import built_name, kept_name, role_of
from compose.project.color_file import ColorFile

#: an image as a service of the compose file asks for it: name, platform, policy
Asked = tuple[str, str | None, str | None]


class Images:
    """Of one service. What they are is the file's word alone: a record only shows it."""

    def __init__(self, service: str, own: str, state_folder: Path, timeout: float) -> None:
        self.service = service
        #: the colour's own compose service, with {color} in it
        self._own = own
        #: seconds for a pull
        self._timeout = timeout
        self._path = state_folder / f"{service}.images.json"
        self._lock = state_folder / f"{service}.images.lock"

    def built(self, file: ColorFile, color: Color, release: str) -> dict[str, str]:
        """The tag of each service that is built, or that runs what another one builds (web and worker)."""
        tags = {
            name: built_name(self.service, self._companion(name, color), release)
            for name, definition in file.services.items()
            if definition.get("build")
        }
        declared = {image: tag for name, tag in tags.items() if (image := file.services[name].get("image"))}
        borrowed = {
            name: declared[image]
            for name, definition in file.services.items()
            if (image := definition.get("image")) in declared
        }
        return borrowed | tags

    def obtain(self, file: ColorFile, color: Color, release: str, cancellation: Cancellation) -> Image:
        """Afterwards this host has, keeps and knows the image of each service of the file; the own one's.

        What is built must have been; the rest is pulled. Raises ImageRefused.
        """
        tags = self.built(file, color, release)
        with engine() as client:
            pulled = self._pulled(
                client, [each for name, each in file.services.items() if name not in tags], cancellation
            )
            images = {}
            for name, definition in file.services.items():
                if tag := tags.get(name):
                    image = _image(client.images.get(tag).attrs, tag, tag)
                else:
                    tag = kept_name(self.service, self._companion(name, color), release)
                    image = _image(pulled[_asked(definition)], tag, definition["image"])
                images[self._role(name, color)] = image
            with self._changing(cancellation) as known:
                # before they are tagged: what is known is pruned one day
                known[release] = images
            for image in images.values():
                holding.hold(client, image)
        return images[self._own]

    def _pulled(
        self, client: DockerClient, definitions: Collection[Mapping[str, Any]], cancellation: Cancellation
    ) -> dict[Asked, dict[str, Any]]:
        """Each image once: a tag that moves meanwhile must not give two services two of them."""
        asked = {_asked(each): each for each in definitions}

        def pulled(each: Mapping[str, Any]) -> dict[str, Any]:
            return pull.obtain(client, each["image"], each, self._timeout, cancellation)

        return dict(zip(asked, at_once(list(asked.values()), pulled), strict=True))

    def find(self, release: Release) -> Mapping[str, Image]:
        """The release's images by their roles, all of them here; ImageRefused else. It changes nothing."""
        return self._images_of(release, holding.is_here)

    def kept(self, release: Release) -> Mapping[str, Image]:
        """The same, and meant by our tags."""
        return self._images_of(release, holding.hold)

    def _images_of(self, release: Release, is_there: Callable[[DockerClient, Image], bool]) -> Mapping[str, Image]:
        images = imagefile.load(self._path).releases.get(release.name)
        advice = f"Deploy the release again: bluegreen deploy {self.service} --ref {release.ref_of_it_alone}"
        if images is None:
            raise ImageRefused(
                f"{self.service}: which image release {release.name} is, is not known on this host",
                f"{self._path} does not name it; a record, to which others write, does not count",
                advice,
            )
        with engine() as client:
            for image in images.values():
                if not is_there(client, image):
                    raise ImageRefused(
                        f"the image {image.tag} of release {release.name} is gone", f"it was {image.id}", advice
                    )
        return images

    def tags(self, file: ColorFile, color: Color, release: Release) -> dict[str, str]:
        """What each service of the file runs: a tag of ours that means the very image of the release."""
        images = self.kept(release)
        roles = {name: self._role(name, color) for name in file.services}
        if unknown := [name for name, role in roles.items() if role not in images]:
            raise ImageRefused(
                f"release {release.name} has no image for {', '.join(unknown)}",
                f"{file.path} has that service now; the release was deployed without it",
                f"Deploy the release again: bluegreen deploy {self.service} --ref {release.ref_of_it_alone}",
            )
        return {name: images[role].tag for name, role in roles.items()}

    def releases(self) -> Collection[str]:
        """The names of those that are known."""
        return imagefile.load(self._path).releases.keys()

    def prune(self, keep: Collection[str], cancellation: Cancellation) -> None:
        """Let go of the images of all releases but these; one that a container still has stays, and is known."""
        with engine() as client, self._changing(cancellation) as known:
            kept = {image.id for name in keep for image in known.get(name, {}).values()}
            used = {each["ImageID"] for each in client.api.containers(all=True)} - kept
            for release in [each for each in known if each not in keep]:
                images = known[release].values()
                if used.isdisjoint(image.id for image in images):
                    cancellation.check()  # who was fenced out knows nothing of the releases since
                    for image in images:
                        holding.let_go(client, image)
                    del known[release]

    def forget(self, cancellation: Cancellation) -> None:
        """Let go of the images of all releases; one that another container has keeps its other names."""
        with engine() as client, self._changing(cancellation) as known:
            for image in (image for images in known.values() for image in images.values()):
                holding.let_go(client, image)
            known.clear()

    def _role(self, name: str, color: Color) -> str:
        return self._companion(name, color) or self._own

    def _companion(self, name: str, color: Color) -> str | None:
        """The role of a service beside the colour's own; None for that one."""
        return None if name == self._own.replace("{color}", color) else role_of(name, color)

    @contextlib.contextmanager
    def _changing(self, cancellation: Cancellation) -> Iterator[dict[str, Mapping[str, Image]]]:
        """The releases that are known, to be changed: written down at the end, by one process at a time."""
        with exclusive(self._lock, cancellation=cancellation):
            before = imagefile.load(self._path).releases
            changed = dict(before)
            yield changed
            if changed != before:
                with failpoints.around("note images"):
                    cancellation.check()
                    imagefile.save(self._path, imagefile.Known(releases=changed))


def _asked(definition: Mapping[str, Any]) -> Asked:
    return definition["image"], definition.get("platform"), definition.get("pull_policy")


def _image(inspection: Mapping[str, Any], tag: str, name: str) -> Image:
    return Image(id=inspection["Id"], tag=tag, name=name, digest=pull.digest_of(inspection, name))
