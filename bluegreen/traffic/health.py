"""One judged request: what the health check, the probes after a switch, and `doctor` ask and how they judge it."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from bluegreen import http
from bluegreen.deployment.errors import NotHealthy
from bluegreen.deployment.record import Release
from bluegreen.deployment.runtime import Runtime
from bluegreen.deployment.states import Color
from bluegreen.http import Response
from bluegreen.settings.service import HealthSettings

#: a colour to which nginx speaks one of these may answer our requests
MAY_SPEAK_HTTP = ("http", "grpc")


@dataclass(frozen=True)
class Judged:
    """An answer, and what the service's `health` settings make of it."""

    answer: Response
    good: bool
    #: what the answer itself says to do; empty where it says nothing
    advice: str = ""

    def __str__(self) -> str:
        return str(self.answer)


#: asks a url, and judges the answer by these settings
Request = Callable[[str, HealthSettings], Judged]


def ask(url: str, health: HealthSettings) -> Judged:
    """GET the url as the settings have it. It never raises for the network."""
    answer = http.get(url, health.timeout, health.host_header, health.headers)
    good = answer.status is not None and health.accepts(answer.status)
    return Judged(answer, good, "" if good else advice(answer, health))


def ask_color(
    runtime: Runtime, color: Color, health: HealthSettings, protocol: str, ask: Callable[[str], Judged]
) -> Judged:
    """How the colour itself is: by the health check's request, which `ask` makes.

    Where the site speaks another protocol to it, its container's HEALTHCHECK decides. NotHealthy without one.
    """
    if protocol != "http":
        instance = runtime.look(color)
        if instance.is_watched:
            return Judged(Response(None, instance.described, 0.0), bool(instance.healthy))
        if protocol not in MAY_SPEAK_HTTP:
            raise _nobody_says(color, protocol)
    judged = ask(f"http://{runtime.address_on_host(color)}{health.path}")
    # some speak both
    return judged if judged.good or protocol == "http" else replace(judged, advice=" ".join(_no_http(protocol)))


def spoken(protocols: Iterable[str]) -> str:
    """By what colours are asked: HTTP where any proxy speaks it, or nothing is known; else what they speak."""
    known = sorted(set(protocols))
    return "http" if "http" in known else next(iter(known), "http")


def expect_judged(
    runtime: Runtime,
    color: Color,
    protocol: str,
    release: Release | None = None,
    deployment_id: str | None = None,
) -> None:
    """Raise NotHealthy where it is known before the colour is started that `ask_color` would refuse it."""
    if protocol not in MAY_SPEAK_HTTP and runtime.is_watched(color, release, deployment_id) is False:
        raise _nobody_says(color, protocol)


def advice(answer: Response, health: HealthSettings) -> str:
    """What to do about an answer that is not good, by what such answers come from most often."""
    status = answer.status or 0
    if 300 <= status < 400:
        return TO_HTTPS if answer.location.startswith("https://") else REDIRECTED
    if status == 400 and health.host_header is None:
        return BY_NAME
    if status in (401, 403):
        return BY_USER
    return (
        f"Set health.path to one that there is: {health.path} is not to be seen from here."
        if status == 404
        else ""
    )


def _nobody_says(color: Color, protocol: str) -> NotHealthy:
    return NotHealthy(f"nothing says whether {color} is well", *_no_http(protocol))


def _no_http(protocol: str) -> tuple[str, str]:
    """What is the matter with a colour to which the site speaks something else, and what to do."""
    return (
        f"The site's nginx speaks {protocol} to it, and its container has no HEALTHCHECK.",
        "Give its image, or its service in the compose file, a HEALTHCHECK: it is judged by that, then.",
    )


TO_HTTPS = (
    "It sends to https whatever did not come by it. Where nginx says to the application how it came, say the "
    'same: health.headers = {X-Forwarded-Proto = "https"}. Where nginx itself redirects, let the proxy\'s url '
    "begin with https://, or have nginx answer the health path without."
)
REDIRECTED = "A redirect is not followed: set health.path to where it leads, or have health.status accept it."
BY_NAME = (
    "An application that knows its names refuses others (Django: ALLOWED_HOSTS): set health.host_header to the "
    "site's."
)
BY_USER = (
    "It wants to know who asks. Let the health path be free, put USER:PASSWORD@ into the proxy's url, or what it "
    "wants into health.headers."
)
