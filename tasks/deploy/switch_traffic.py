"""Switch traffic: from here on new requests go to the new version."""

from collections.abc import Mapping

from bluegreen.deployment.errors import FilesRefused
from bluegreen.deployment.runtime import Address
from bluegreen.deployment.states import Color, Phase
from bluegreen.parallel import at_once
from nginx.file.render import render
from nginx.proxy import Proxy
from nginx.switch import locked, switch
from tasks.context import PhaseContext
from tasks.mending import keep_confirmed
from tasks.phase import phase_task
from tasks.request_count import begin_count, cutover


@phase_task(Phase.SWITCH_TRAFFIC)
def switch_traffic(context: PhaseContext) -> str:
    """Afterwards every proxy serves the new colour, or, when one refuses, every one still the old."""
    # Where the record does not say so, somebody else's reload took up what a killed worker had written: nobody
    # knows yet which workers that has retired, and a rollback would turn nothing back.
    if context.deployment.switch_started and all(_serves_already(context, proxy) for proxy in context.proxies):
        keep_confirmed(context)
        return f"{context.target} serves already"
    with locked(context.proxies, context):
        begin_count(context)
        with cutover(context):
            turn(context, context.target)
        keep_confirmed(context)
    return (
        f"{context.target} serves through {len(context.proxies)} prox{'y' if len(context.proxies) == 1 else 'ies'}"
    )


def turn(context: PhaseContext, color: Color | None) -> None:
    """Render each proxy's file for this colour and switch them all, or none."""
    try:
        _turn(context, color)
    except FilesRefused:
        # What goes with the other files was asked for a while ago; another service may have changed them since.
        for proxy in context.proxies:
            proxy.forget_capabilities()
        _turn(context, color)


def _turn(context: PhaseContext, color: Color | None) -> None:
    marker = context.marker(color)
    addresses: dict[str, Address | None] = {
        proxy.label: context.upstream(proxy, color) for proxy in context.proxies
    }
    texts = dict(
        at_once(
            context.proxies,
            lambda proxy: (
                proxy.label,
                render(proxy.settings, marker, addresses[proxy.label], proxy.capabilities()),
            ),
        )
    )

    turned = context.deployment.switch_started

    def turning(workers: Mapping[str, tuple[int, ...]]) -> None:
        # The drain waits for these, also after a kill.
        context.note(retired_by_switch=workers, switch_started=True)

    try:
        switch(context.proxies, texts, marker, context, turning)
    except FilesRefused:
        context.note(switch_started=turned)  # a rollback has nothing to turn back: no nginx was told
        raise


def _serves_already(context: PhaseContext, proxy: Proxy) -> bool:
    served = proxy.served()
    return served is not None and (served.color, served.generation) == (
        context.target,
        context.deployment.generation,
    )
