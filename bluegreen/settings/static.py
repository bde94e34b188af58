"""Static files of a release, which nginx serves from a folder of this host."""

import posixpath
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, Field

from bluegreen.settings.base import Settings


def _names_a_folder_below(path: str) -> str:
    if ".." in path.split("/"):
        raise ValueError('should have no ".." in it')
    if posixpath.normpath(path).strip("/") in ("", "."):
        raise ValueError("should name a folder below that one")
    return posixpath.normpath(path)


class StaticSettings(Settings):
    """Where a release has them, and where nginx looks for them."""

    #: a folder in the release's image ("/app/static"), or in its tree ("public")
    from_: Annotated[str, Field(alias="from", min_length=1), AfterValidator(_names_a_folder_below)]
    #: the folder that nginx serves, from the workspace
    to: Path

    @property
    def is_in_image(self) -> bool:
        return self.from_.startswith("/")
