"""Switch traffic: from here on new requests go to the new version."""

from collections.abc import Mapping

from bluegreen.deployment.errors import FilesRefused
from bluegreen.deployment.runtime import Address
from bluegreen.deployment.states import Color, Phase
from bluegreen.parallel import at_once
from nginx.file.render import render
from nginx.proxy import Proxy
from nginx.switch import alone, switch
from tasks.context import Run
from tasks.phase import phase_task
from tasks.request_count import begin_count, cutover


@phase_task(Phase.SWITCH_TRAFFIC)
def switch_traffic(run: Run) -> str:
    """Afterwards every proxy serves the new colour, or, when one refuses, every one still the old."""
    # Where the record does not say so, somebody else's reload took up what a killed worker had written: nobody
    # knows yet which workers that has retired, and a rollback would turn nothing back.
    if run.record.turned and all(_serves_already(run, proxy) for proxy in run.proxies):
        run.keep_confirmed()
        return f"{run.target} serves already"
    with alone(run.proxies, run):
        begin_count(run)
        with cutover(run):
            turn(run, run.target)
        run.keep_confirmed()
    return f"{run.target} serves through {len(run.proxies)} prox{'y' if len(run.proxies) == 1 else 'ies'}"


def turn(run: Run, color: Color | None) -> None:
    """Render each proxy's file for this colour and switch them all, or none."""
    try:
        _turn(run, color)
    except FilesRefused:
        # What goes with the other files was asked for a while ago; another service may have changed them since.
        for proxy in run.proxies:
            proxy.forget_abilities()
        _turn(run, color)


def _turn(run: Run, color: Color | None) -> None:
    content = run.content(color)
    addresses: dict[str, Address | None] = {proxy.label: run.upstream(proxy, color) for proxy in run.proxies}
    texts = dict(
        at_once(
            run.proxies,
            lambda proxy: (
                proxy.label,
                render(proxy.settings, content, addresses[proxy.label], proxy.abilities()),
            ),
        )
    )

    turned = run.record.turned

    def turning(workers: Mapping[str, tuple[int, ...]]) -> None:
        # The drain waits for these, also after a kill.
        run.note(old_workers=workers, turned=True)

    try:
        switch(run.proxies, texts, content, run, turning)
    except FilesRefused:
        run.note(turned=turned)  # a rollback has nothing to turn back: no nginx was told
        raise


def _serves_already(run: Run, proxy: Proxy) -> bool:
    served = proxy.served()
    return served is not None and (served.color, served.generation) == (run.target, run.record.generation)
