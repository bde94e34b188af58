"""What a service has of others in its project, and a colour, which is alone, cannot have. Pure."""

from bluegreen.deployment.errors import PhaseFailed
from compose.project.color_file import ColorFile, ColorService

#: keys by which a container shares something of another one
SHARING = ("network_mode", "pid", "ipc", "uts", "userns_mode", "cgroup")


def refuse_what_is_not_alone(file: ColorFile, own: ColorService, has_traffic: bool = True) -> None:
    """Raise PhaseFailed with the key that leads to another service.

    Of what has traffic, also with the key that leads to the host's network, which has one port for both colours.
    """
    _refuse_sharing(file, own, has_traffic)
    _refuse_links(file, own)
    _refuse_services_in_build(file, own)


def _refuse_sharing(file: ColorFile, own: ColorService, has_traffic: bool) -> None:
    """What is another container's is not in the colour."""
    for key in SHARING:
        said = str(own.definition.get(key) or "")
        if (key == "network_mode" and said and has_traffic) or said.startswith("service:"):
            raise _refusal(
                file, own, f"{key}: {said}", "a colour is a container with networks and ports of its own"
            )
    for said in own.definition.get("volumes_from") or ():
        if not said.startswith("container:"):
            raise _refusal(file, own, f"volumes_from: {said}", "a colour has no other service beside it")


def _refuse_links(file: ColorFile, own: ColorService) -> None:
    for link in own.definition.get("links") or ():
        name, _, alias = link.partition(":")
        if alias and alias != name:
            raise _refusal(
                file, own, f"links: {link}", f"give {name} that name on its network: aliases: [{alias}]"
            )


def _refuse_services_in_build(file: ColorFile, own: ColorService) -> None:
    for name, said in ((own.definition.get("build") or {}).get("additional_contexts") or {}).items():
        if str(said).startswith("service:"):
            raise _refusal(file, own, f"build.additional_contexts.{name}: {said}", "a colour has no other service")


def _refusal(file: ColorFile, own: ColorService, said: str, why: str) -> PhaseFailed:
    return PhaseFailed(
        f"{file.path}: {own.name} has {said}, which a derived colour cannot have",
        f"why: {why}",
        "Take it out there, or write a file for each colour: compose.color_file in the config file.",
    )
