"""Whether an image brings a HEALTHCHECK."""

from compose.engine.client import engine
from compose.images.file import Image


def has_healthcheck(image: Image) -> bool:
    """Whether containers of the image say by themselves that they are well."""
    with engine() as client:
        config = client.images.get(image.id).attrs.get("Config") or {}
    test = (config.get("Healthcheck") or {}).get("Test")
    return test not in (None, [], ["NONE"])
