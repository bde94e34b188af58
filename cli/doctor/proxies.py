"""Checks of one nginx: each takes the proxy, and says what it saw or raises."""

import os
from collections.abc import Callable
from functools import partial

from bluegreen.deployment.errors import PhaseFailed, UsageError
from bluegreen.deployment.redaction import url_without_secrets
from bluegreen.settings.preview import PreviewSettings
from bluegreen.settings.service import HealthSettings, ServiceSettings
from bluegreen.traffic import health
from cli.doctor.findings import Advice, Check
from nginx.config.fit import expect_fit, expect_preview
from nginx.file.upstream_names import hosts_in, listed
from nginx.proxy import Proxy
from nginx.reloads import cut_by_reload

#: nginx's own answers while it reaches no application
UNREACHED = (502, 503, 504)


def running(proxy: Proxy) -> str:
    """It has workers."""
    return f"{len(proxy.workers())} worker processes"


def keepalive(proxy: Proxy) -> str:
    """A reload does not cut idle keep-alive connections in the face of their next request."""
    if cut := cut_by_reload(proxy):
        raise Advice(cut.message, advice="Install that one: the image nginx:stable, or the packages of nginx.org.")
    return f"nginx {'.'.join(map(str, proxy.capabilities().version))} keeps connections across a reload"


def include(proxy: Proxy) -> str:
    """Nginx reads the file that we write."""
    if proxy.check_included():
        return f"nginx reads {proxy.file.name}"
    raise Advice(
        f"{proxy.file.name} does not exist yet, and whether nginx includes it cannot be seen",
        advice=f"Write `upstream {proxy.settings.written_name} {{ server 127.0.0.1:1 down; }}` into it, include "
        "it, reload nginx, and ask again."
        if proxy.settings.template == "upstream"
        else "The first deployment writes it, and refuses to switch when nginx does not read it.",
    )


def fit(proxy: Proxy) -> str:
    """The site's own files go with ours."""
    if misfits := expect_fit(proxy):
        raise Advice(
            f"{len(misfits)} of the site's lines want another beside our file",
            "\n".join(each.what for each in misfits),
            "\n".join(each.fix for each in misfits),
        )
    return "the site's own files go with ours"


def name(proxy: Proxy) -> str:
    """Where the container's name in our file led, if there is one, and what that means for nginx."""
    hosts = hosts_in(proxy.file.read() or "")
    if hosts is None:
        return "there is no container's name in the file"
    return (
        f"it led to {listed(hosts)} when nginx loaded the file, and the worker looks whether it still does. "
        "Without a worker, an nginx that starts while nobody has the name does not come up"
    )


def writable(proxy: Proxy) -> str:
    """This user can replace it: run `doctor` as the worker's user."""
    path = proxy.settings.file
    if path is None:
        return "is copied in"
    folder = next(each for each in path.parents if each.exists())
    if not os.access(folder, os.W_OK):
        raise UsageError(f"{folder} cannot be written to by this user", advice="Give it to the worker's user.")
    return f"{folder} can be written to"


def serves(proxy: Proxy) -> str:
    """What nginx answers is what its file says."""
    marker = proxy.read()
    if marker is None:
        return "the file does not belong to bluegreen yet: the first deployment writes it"
    served = proxy.served()
    if served == marker:
        return f"generation {served.generation}"
    if served is not None:
        raise PhaseFailed(
            f"{proxy.label} serves another generation than its file says",
            f"file: {marker.generation}.{marker.epoch}, nginx: {served.generation}.{served.epoch}",
            "Reload nginx, and look at its error log.",
        )
    if not (proxy.settings.status_port or proxy.settings.status_url):
        return "is not asked (status_port = 0): its worker processes are watched"
    port = proxy.settings.status_port
    publish = (
        f"publish its status port (127.0.0.1:{port}:{port}), or " if proxy.settings.template == "upstream" else ""
    )
    raise Advice(
        f"{proxy.label} does not report its generation, so that its worker processes are watched instead",
        advice=f"For an answer: {publish}set status_url.",
    )


def site(proxy: Proxy, settings: HealthSettings) -> str:
    """Its answer is one by which a deployment would go on: the very question that is asked after a switch."""
    if proxy.settings.url is None:
        return "no url is set: the site is not probed after a switch"
    url = proxy.settings.url.rstrip("/") + settings.path
    judged = health.ask(url, settings)
    status, shown = judged.answer.status, url_without_secrets(url)
    if judged.good:
        return f"{shown} answers {status}"
    if status is None:
        raise UsageError(f"{shown} does not answer", str(judged), "Correct the proxy's url, or publish its port.")
    if status in UNREACHED and proxy.read() is None:
        return f"{shown} answers {status}: nginx is there, and nothing is behind it yet"
    raise UsageError(
        f"{shown} answers {status}, and health.status is {settings.status}",
        str(judged),
        judged.advice
        or "A deployment is rolled back when it still does after the switch: look at nginx's error log.",
    )


def preview(proxy: Proxy, settings: PreviewSettings) -> str:
    """Whoever asks for a new version before its switch can reach it, and nobody else."""
    expect_preview(proxy, settings.condition(None))
    return f"a new version can be asked for by {settings.condition(None).by}"


CHECKS: dict[str, Callable[[Proxy], str]] = {
    "running": running,
    "include": include,
    "keep-alive": keepalive,
    "site's files": fit,
    "name": name,
    "file": writable,
    "serves": serves,
}


def checks_of(service: str, proxy: Proxy, settings: ServiceSettings, probing: HealthSettings) -> list[Check]:
    """All of them, for this proxy."""
    about = f"{service}, {proxy.label}"
    found = [Check(about, name, partial(look, proxy)) for name, look in CHECKS.items()]
    if settings.preview:
        found.append(Check(about, "preview", partial(preview, proxy, settings.preview)))
    return [*found, Check(about, "site", partial(site, proxy, probing))]
