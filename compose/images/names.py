"""What the images of a release are called: by the compose file, by us, by a registry. Pure."""

import re

from bluegreen.deployment.states import Color
from compose.project.commands import lowered

#: a registry that no name needs to say
HUB = re.compile(r"\A(?:(?:index\.)?docker\.io/)?(?:library/)?")


def role_of(service: str, color: Color) -> str:
    """What a compose service is, whichever colour has it: app-blue and app-green are app-{color}."""
    return re.sub(rf"(?<![A-Za-z0-9]){color}(?![A-Za-z0-9])", "{color}", service)


def built_name(service: str, role: str | None, release: str) -> str:
    """Our tag for what is built here; without a role, for the colour's own service."""
    return f"{lowered(service)}{f'/{lowered(role)}' if role else ''}:{release}"


def kept_name(service: str, role: str | None, release: str) -> str:
    """Our tag for what a registry has: it may have a name that is like one of ours."""
    return f"bluegreen/{built_name(service, role, release)}"


def repository(image: str) -> str:
    """An image's name without its tag or digest, and without the registry that no name needs to say."""
    name, _, last = image.partition("@")[0].rpartition("/")
    return HUB.sub("", f"{name}/{last.partition(':')[0]}".lstrip("/"))
