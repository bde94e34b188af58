"""Has an image come from its registry, by the compose file's `pull_policy`."""

from collections.abc import Mapping
from enum import Enum
from typing import Any

from docker import DockerClient
from docker.errors import ImageNotFound

from bluegreen import failpoints
from bluegreen.deployment.cancellation import Cancellation
from bluegreen.deployment.errors import ImageRefused
from bluegreen.system.programs import run
from compose.engine.plugin import DOCKER
from compose.images.names import repository
from compose.images.progress import Progress, without_layers

#: policies by which an image that is here is taken as it is
AS_IT_IS = ("never", "missing", "if_not_present")
#: what registries say of an image that they do not have
MISSING = ("manifest unknown", "not found", "name unknown", "not known to registry", "no matching manifest")
#: and of one that they do not give; Docker Hub says "denied" of a repository that is not there, too
DENIED = (
    *("denied", "unauthorized", "authentication required", "no basic auth credentials", "forbidden"),
    "error getting credentials",
)
#: characters of what was said
SHOWN = 500


class Problem(Enum):
    """Why an image did not come; the value is what can be done."""

    NO_ACCESS = "Log in as the worker's user (docker login), or correct the name in the compose file."
    NO_SUCH_IMAGE = "Push it there, or correct the name in the compose file."
    NO_ANSWER = "See that this host reaches the registry, and that the registry is well; then deploy again."


def obtain(
    client: DockerClient, name: str, definition: Mapping[str, Any], timeout: float, cancellation: Cancellation
) -> dict[str, Any]:
    """The Engine's inspection of what the name means now, in the registry where that can be asked.

    ImageRefused when there is none, or when what is here may be another one than what is named.
    """
    policy = definition.get("pull_policy")
    here = inspected(client, name)
    if policy in AS_IT_IS or "@" in name:
        if here is not None:
            return here
        if policy == "never":
            raise ImageRefused(
                f"the image {name} is not on this host",
                f"pull_policy is {policy}",
                "Build or load it here, or take pull_policy out of the compose file.",
            )
    message = _pull(name, definition.get("platform"), timeout, cancellation)
    if message is None:
        return dict(client.images.get(name).attrs)
    problem = problem_of(message)
    # asked again: an Engine that has ended in between must not look like a registry that fails
    here = inspected(client, name)
    if here is None or policy == "always" or (problem is not Problem.NO_ANSWER and _came_from_there(here, name)):
        raise _refusal(name, problem, message, is_here=here is not None and policy != "always")
    cancellation.report(f"{name} is taken as it is on this host: {_why(problem)}")
    return here


def inspected(client: DockerClient, name: str) -> dict[str, Any] | None:
    """The Engine's inspection of the image of this name or id; None when it is not there."""
    try:
        return dict(client.images.get(name).attrs)
    except ImageNotFound:
        return None


def digest_of(inspection: Mapping[str, Any], name: str) -> str | None:
    """What the registry in the name calls this very image, as far as the Engine knows."""
    digests: list[str] = inspection.get("RepoDigests") or []
    return next((each for each in digests if repository(each) == repository(name)), None)


def problem_of(message: str) -> Problem:
    """Which one it is, by the words of an Engine or a registry."""
    words = message.lower()
    if any(each in words for each in DENIED):
        return Problem.NO_ACCESS
    return Problem.NO_SUCH_IMAGE if any(each in words for each in MISSING) else Problem.NO_ANSWER


def _pull(name: str, platform: str | None, timeout: float, cancellation: Cancellation) -> str | None:
    """None when it came, else what was said."""
    arguments = [DOCKER, "pull", *(("--platform", platform) if platform else ()), name]
    with failpoints.around("pull"):
        cancellation.check()
        output = run(
            arguments, timeout=timeout, cancellation=cancellation, progress=Progress(name, cancellation.report)
        )
    return without_layers(output.text).strip()[-SHOWN:] if output.status else None


def _came_from_there(inspection: Mapping[str, Any], name: str) -> bool:
    """Whether a registry had it under this name. Where ids are digests, what is built here has one, too."""
    digest = digest_of(inspection, name)
    return digest is not None and digest.rpartition("@")[2] != inspection["Id"]


def _why(problem: Problem) -> str:
    return "its registry does not answer" if problem is Problem.NO_ANSWER else "no registry has one of this name"


def _refusal(name: str, problem: Problem, message: str, is_here: bool) -> ImageRefused:
    what = {
        Problem.NO_ACCESS: f"the registry does not give {name} to this host, or has no such repository",
        Problem.NO_SUCH_IMAGE: f"the registry has no image {name}",
        Problem.NO_ANSWER: f"the image {name} cannot be pulled",
    }[problem]
    as_it_is = " To run the one of this name that is on this host: pull_policy: missing." if is_here else ""
    return ImageRefused(what, message, problem.value + as_it_is)
