"""Restore traffic: the old version serves again, if it ever stopped to."""

from deployment.errors import PhaseFailed, ProxyRefused
from deployment.states import Phase
from nginx.proxy import Proxy
from nginx.render import fenced, render
from nginx.switch import alone, switch
from tasks.phase import phase_task
from tasks.run import Run
from tasks.switch_traffic import note_workers


@phase_task(Phase.RESTORE_TRAFFIC)
def restore_traffic(run: Run) -> str:
    """Afterwards every proxy serves the old colour, and its file refuses a worker that was fenced out."""
    if run.record.phase_record(Phase.SWITCH_TRAFFIC) is None:
        return "traffic was never switched"
    with alone(run.proxies):
        return _restore(run)


def _restore(run: Run) -> str:
    content = run.content(run.record.from_color)
    texts = {proxy.label: _text(run, proxy) for proxy in run.proxies}
    if not any(_is_turned(run, proxy) for proxy in run.proxies):
        for proxy in run.proxies:
            _raise_order(run, proxy, texts[proxy.label])
        run.note(old_workers={})  # none was retired: there is nothing to drain
        return f"{_name(run)} serves; no proxy had been turned"
    if not all(proxy.is_running() for proxy in run.proxies):
        return _leave_for_the_start(run, texts)
    note_workers(run)
    switch(run.proxies, texts, content, run.record.old_workers, run)
    return f"{_name(run)} serves again"


def _raise_order(run: Run, proxy: Proxy, text: str) -> None:
    """Write the file anew, so that it refuses who was fenced out. One that was never replaced may stay as it is:
    who is fenced out asks its guard before it writes."""
    try:
        proxy.replace(text, run.content(run.record.from_color).order, run)
    except ProxyRefused:
        raise
    except PhaseFailed as error:
        if proxy.file.read() != run.record.previous_files.get(proxy.label):
            raise
        run.note(warnings=(*run.record.warnings, error.what))


def _leave_for_the_start(run: Run, texts: dict[str, str]) -> str:
    """An nginx that is down has nothing to restore but its file; it comes up with the old colour."""
    for proxy in run.proxies:
        proxy.replace(texts[proxy.label], run.content(run.record.from_color).order, run)
    for proxy in run.proxies:
        if proxy.is_running():
            proxy.reload()
    run.note(old_workers={})
    down = ", ".join(proxy.label for proxy in run.proxies if not proxy.is_running())
    return f"{_name(run)} serves as soon as nginx runs again: {down} is down"


def _text(run: Run, proxy: Proxy) -> str:
    content = run.content(run.record.from_color)
    previous = run.record.previous_files.get(proxy.label)
    if previous is not None:
        return fenced(previous, content)
    return render(proxy.settings, content, None, proxy.abilities())


def _is_turned(run: Run, proxy: Proxy) -> bool:
    """Whether this nginx may serve the new colour: by its own word, else by its workers having changed."""
    if not proxy.is_running():
        return True
    served = proxy.served()
    if served is not None:
        return served.color != run.record.from_color
    before = set(run.record.old_workers.get(proxy.label, ()))
    serving = {pid for pid, title in proxy.workers().items() if "shutting down" not in title}
    return not before or not before <= serving


def _name(run: Run) -> str:
    return str(run.record.from_color or "what was there before")
