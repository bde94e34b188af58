"""Restore traffic: the old version serves again, if it ever stopped to."""

from collections.abc import Mapping
from time import monotonic

from bluegreen.deployment.errors import NotRunning, PhaseFailed, ProxyRefused
from bluegreen.deployment.states import Color, Phase
from bluegreen.parallel import at_once
from nginx.file.judgement import named_color
from nginx.file.marker import parse, restamp
from nginx.file.render import render
from nginx.file.upstream_names import hosts_in
from nginx.live import Seen
from nginx.proxy import Proxy
from nginx.switch import locked, switch
from tasks.context import PhaseContext
from tasks.mending import keep_confirmed
from tasks.phase import phase_task
from tasks.request_count import cutover
from tasks.serving import answers, sends_to
from tasks.site import addresses_of


@phase_task(Phase.RESTORE_TRAFFIC)
def restore_traffic(context: PhaseContext) -> str:
    """Afterwards every proxy serves the old colour, and its file refuses a worker that was fenced out."""
    if context.deployment.phase_record(Phase.SWITCH_TRAFFIC) is None:
        return "traffic was never switched"
    for proxy in context.proxies:
        proxy.forget_capabilities()
    with locked(context.proxies, context), cutover(context):
        # somebody else's reload may have taken up what a killed worker had written, and not yet noted
        turned = context.deployment.switch_started or any(
            sends_to(proxy, context.target) for proxy in context.proxies
        )
        workers = _workers_once_old_runs(context, turned)
        running = [proxy for proxy in context.proxies if workers[proxy.label]]
        down = [proxy for proxy in context.proxies if proxy not in running]
        message = _restore(context, running, workers) if turned else _stay(context, running)
        for proxy in down:
            _restore_file(context, proxy)
        keep_confirmed(context)
    return message + "".join(f"; {proxy.label} is down, and will when it runs again" for proxy in down)


def _stay(context: PhaseContext, proxies: list[Proxy]) -> str:
    for proxy in proxies:
        _raise_order(context, proxy)
    return f"{_name(context.deployment.from_color)} serves; no proxy had been turned"


def _restore(context: PhaseContext, proxies: list[Proxy], workers: Mapping[str, tuple[int, ...]]) -> str:
    old = context.deployment.from_color

    def turning(retired: Mapping[str, tuple[int, ...]]) -> None:
        # What the new version's reload retired stands beside these: by that it is seen whether it was taken up.
        context.note(retired_by_rollback=retired)

    texts = {proxy.label: _text(context, proxy) for proxy in proxies}
    retired = workers if all(_previous(context, proxy) for proxy in proxies) else None
    try:
        switch(proxies, texts, context.marker(old), context, turning, retired)
    except ProxyRefused as refused:
        if any(_is_turned(context, proxy) for proxy in proxies):
            raise
        for proxy in proxies:
            _raise_order(context, proxy)
        context.note(warnings=(*context.deployment.warnings, refused.what))
        return f"{_name(old)} serves; the proxies have not taken up a file since"
    return f"{_name(old)} serves again"


def _workers_once_old_runs(context: PhaseContext, turned: bool) -> dict[str, tuple[int, ...]]:
    """Each proxy's workers, by label. Both are looked at side by side: meanwhile users meet the new version."""
    workers, started = dict[str, tuple[int, ...]](), list[bool]()

    def count() -> None:
        workers.update(at_once(context.proxies, lambda proxy: (proxy.label, proxy.worker_ids())))

    def revive() -> None:
        started.append(turned and _revive(context))

    at_once([count, revive], lambda act: act())
    if any(started):
        count()  # that took a while
    return workers


def _revive(context: PhaseContext) -> bool:
    """Start an old version that has ended since, and wait until it answers: users shall not be sent to nothing.

    False when it was running.
    """
    old, release = context.deployment.from_color, context.deployment.from_release
    if old is None or release is None or context.runtime.look(old).running:
        return False
    context.report(f"{old} does not run any more: it is started again")
    context.runtime.start(old, release, context.deployment.id, context)
    deadline = monotonic() + context.service.health.interval
    while not answers(context, old):
        if monotonic() >= deadline:
            raise PhaseFailed(
                f"{old} had ended, and does not answer since it was started again",
                f"last log lines:\n{context.runtime.logs(old).strip()}",
                f"{context.target} goes on serving. Deploy a version that works.",
            )
    return True


def _restore_file(context: PhaseContext, proxy: Proxy) -> None:
    """An nginx that is down has nothing to restore but its file; it comes up with the old colour."""
    _raise_order(context, proxy)
    if proxy.is_running():
        raise NotRunning(f"{proxy.label} was down, and came up while its file was written: it is asked again")


def _raise_order(context: PhaseContext, proxy: Proxy) -> None:
    """Write the file anew, so that it refuses who was fenced out.

    One that was never replaced may stay as it is: who is fenced out asks its guard before it writes.
    """
    try:
        proxy.replace(_text(context, proxy), context.marker(context.deployment.from_color).order, context)
    except ProxyRefused:
        raise
    except PhaseFailed as error:
        if proxy.file.read() != _saved(context, proxy):
            raise
        context.note(warnings=(*context.deployment.warnings, error.what))


def _text(context: PhaseContext, proxy: Proxy) -> str:
    """The file as it was before, or one made anew."""
    marker = context.marker(context.deployment.from_color)
    if (previous := _previous(context, proxy)) is not None:
        return restamp(previous, marker)
    address = context.upstream(proxy, context.deployment.from_color)
    return render(proxy.settings, marker, address, proxy.capabilities())


def _previous(context: PhaseContext, proxy: Proxy) -> str | None:
    """The file as it was before, unless it already said something else than what nginx served, or led nowhere."""
    previous = _saved(context, proxy)
    said = parse(previous)
    if said is None:
        return previous if _leads_back(context, proxy, previous) else None
    return (
        previous
        if said.color == context.deployment.from_color and hosts_in(previous or "") != frozenset()
        else None
    )


def _leads_back(context: PhaseContext, proxy: Proxy, text: str | None) -> bool:
    """Whether a text that is not ours sends requests to the old colour; of what was there before any, all do."""
    old = context.deployment.from_color
    if old is None:
        return True
    addresses = {color: addresses_of(proxy.settings, context.runtime, color) for color in Color}
    return named_color({proxy.label: Seen(None, None, text)}, {proxy.label: addresses}) is old


def _saved(context: PhaseContext, proxy: Proxy) -> str | None:
    """The text that this deployment found, if it found one. What is not ours is replaced by nothing else."""
    digest = context.deployment.previous_files.get(proxy.label)
    text = context.kept.saved(digest) if digest else None
    if digest and text is None and context.deployment.from_color is None:
        raise PhaseFailed(
            f"{proxy.label}: the text that {proxy.file.name} had before is lost",
            "the record has its hash, and this host's state folder not the text",
            "Write what shall serve into the file, and reload nginx.",
        )
    return text


def _name(old: Color | None) -> str:
    return str(old or "what was there before")


def _is_turned(context: PhaseContext, proxy: Proxy) -> bool:
    """Whether this nginx may serve the new colour: it says so, or it has workers that it had not before.

    After a reload the old workers answer beside the new ones for 100 ms (nginx's ngx_process_cycle.c), so that
    its word for the old colour alone proves nothing.
    """
    served = proxy.served()
    if served is not None and served.color != context.deployment.from_color:
        return True
    before = set(context.deployment.retired_by_switch.get(proxy.label, ()))
    return bool(proxy.serving_workers() - before) if before else served is None
