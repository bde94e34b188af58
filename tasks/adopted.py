"""What served before the first deployment, where the service was adopted: the way back to it.

`cli/adopt` has written down what it was, on this host; a record names nothing of it.
"""

from collections.abc import Iterable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from bluegreen.deployment.cancellation import wait_until
from bluegreen.deployment.errors import NotRunning, PhaseFailed, UsageError
from bluegreen.deployment.value import Value
from bluegreen.settings.service import ProxySettings
from bluegreen.system import value_files
from bluegreen.system.state_folder import ADOPTION
from bluegreen.traffic.health import Judged
from compose import originals
from tasks.context import PhaseContext

#: seconds between two requests to what has just been started
POLL = 0.1


class NginxFile(Value, frozen=True):
    """A file of nginx, as the adoption has left it."""

    #: on this host, or in the container
    path: str
    after: str
    #: None: of this host
    container: str | None = None

    def is_of(self, proxy: ProxySettings) -> bool:
        """Whether that file is the one by which the proxy is switched."""
        if proxy.file:
            return self.container is None and Path(self.path) == proxy.file.resolve()
        return (self.container, self.path) == (proxy.container, proxy.copy_to)


class Adopted(Value, frozen=True, kw_only=True):
    """What is known of it."""

    #: its containers, and when the Engine starts each again, in its words
    originals: tuple[str, ...]
    policies: Mapping[str, dict[str, Any]] = {}
    #: the project's other containers, each with its compose service
    beside: Mapping[str, str] = {}
    files: tuple[NginxFile, ...] = ()

    def texts(self, proxies: Iterable[ProxySettings]) -> dict[str, str]:
        """By the proxies' labels, the files that lead to it."""
        return {proxy.label: each.after for proxy in proxies for each in self.files if each.is_of(proxy)}


def read(state_folder: Path) -> Adopted | None:
    """What was adopted; None where the service was not. PhaseFailed where that cannot be read."""
    says = "what served before the first deployment"
    advice = "Restore it, or have the project again as it was, by hand."
    return value_files.read(state_folder / ADOPTION, Adopted, says=says, advice=advice)


def expect_there(service: str, adopted: Adopted) -> None:
    """Raise UsageError where its containers are gone."""
    try:
        for each in adopted.originals:
            originals.look(each)
    except NotRunning as error:
        raise UsageError(
            f"{service}: what served before the first deployment is gone: {error.what}",
            advice=f"Give the project back, which says how to have it again: bluegreen adopt {service} --undo",
        ) from error


def start(context: PhaseContext) -> None:
    """Afterwards it runs and answers, and the record has what it takes to send the requests there."""
    adopted = read(context.service.state_folder)
    if adopted is None:
        raise PhaseFailed(f"{context.deployment.service} is not adopted any more", advice="Nothing was changed.")
    if not context.deployment.started:
        _note(context, adopted)
    context.check()
    originals.start(adopted.originals, adopted.policies)
    _await_answers(context, adopted)


def _note(context: PhaseContext, adopted: Adopted) -> None:
    live = context.store.live(context.deployment.service)
    found = context.site.look(live)
    if found.color is None:
        raise PhaseFailed("no colour serves: there is nothing to go back from", advice="Nothing was changed.")
    context.note(
        to_color=found.color,
        release=live.release if live else None,
        protocol=live.protocol if live else "http",
        previous_files=context.router.save_texts(adopted.texts(context.service.proxies), context),
        started=True,
        switch_started=True,
        retires_background=bool(context.service.background),
        retired_background=tuple(
            name
            for name, service in adopted.beside.items()
            if service in context.service.background_services.values()
        ),
    )


def _await_answers(context: PhaseContext, adopted: Adopted) -> None:
    """Whatever it answers: its own path of health may have been another one."""
    if context.deployment.protocol != "http":
        return
    targets = context.site.upkeep.former_targets(context.deployment.previous_files)
    ports = {port for each in targets if (port := each.address.rpartition(":")[2]).isdigit()}
    hosts = [host for each in adopted.originals if (host := originals.host_of(each))]
    health = context.service.health
    for url in [f"http://{host}:{port}{health.path}" for host in hosts for port in sorted(ports)]:
        seconds = health.attempts * health.interval
        answer = wait_until(partial(context.ask, url), _is_up, seconds, context, POLL)
        if not _is_up(answer):
            raise PhaseFailed(
                f"what served before was started, and does not answer at {url} after {seconds:g} s",
                f"last answer: {answer}",
                f"{context.target} goes on serving.",
            )


def _is_up(judged: Judged) -> bool:
    return judged.answer.status is not None and judged.answer.status < 500
