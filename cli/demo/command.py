"""demo: two releases and a broken one on a deploy host of its own, under traffic, in half a minute."""

import time
from contextlib import ExitStack

import click
from rich.console import Console

from bluegreen.deployment.errors import BlueGreenError
from bluegreen.deployment.states import State
from bluegreen.store.connection import translated
from cli.demo.acts import Act, Play
from cli.demo.interrupts import interruptible
from cli.demo.screen import Screen, screen, starting
from cli.demo.stage import Stage, deploy_host
from cli.deploying.follow import follow

#: what is deployed, and what shall become of it
PLAY = {"v1": State.SUCCEEDED, "v2": State.SUCCEEDED, "v3-broken": State.ROLLED_BACK}
#: seconds of plain traffic after each deployment, in which one can see what serves
CALM = 1.5
#: seconds for one deployment; they take about two
LONGEST = 30.0
#: the exit status of a program that Ctrl-C has ended
INTERRUPTED = 130


@click.command()
def demo() -> None:
    """See two releases go live and a broken one roll back.

    Under traffic, in a temporary folder; no Docker, no root.
    """
    try:
        with interruptible():
            _perform()
    except KeyboardInterrupt:
        click.echo("bluegreen: interrupted; nothing is left behind", err=True)
        raise click.exceptions.Exit(INTERRUPTED) from None


def _perform() -> None:
    console = Console(highlight=False)
    with ExitStack() as stack:
        with starting(console):
            stage = stack.enter_context(deploy_host())
        play = Play([Act(ref, expected) for ref, expected in PLAY.items()], stage.traffic.answers)
        shown = stack.enter_context(screen(console, play, stage.traffic))
        stack.enter_context(translated(stage.redis_url))
        for act in play.acts:
            _deploy(stage, act, shown)
            _let_traffic_pass(stage)
            shown.calm()
        stage.traffic.finish()
        _judge(stage, play)
        shown.ending(_moral(play))


def _deploy(stage: Stage, act: Act, shown: Screen) -> None:
    """Deploy and follow it to its end. Raises BlueGreenError when that is not the expected one."""
    act.began = time.time()
    view = shown.deploying(act)
    act.deployment = follow(stage.store, stage.deploy(act.ref), LONGEST, view)
    if surprise := act.surprise():
        raise BlueGreenError("the demo did not go as it should", surprise, _worker_log(stage))


def _let_traffic_pass(stage: Stage) -> None:
    """The traffic begins when there is somebody to answer: with the first release."""
    if stage.traffic.began is None:
        stage.traffic.start()
    time.sleep(CALM)
    stage.traffic.check()


def _judge(stage: Stage, play: Play) -> None:
    if problems := play.problems():
        raise BlueGreenError("users have noticed it", "\n".join([*problems, *stage.excuses()]), _worker_log(stage))


def _worker_log(stage: Stage) -> str:
    return f"The worker's last lines:\n{stage.worker_log()}"


def _moral(play: Play) -> str:
    return (
        f"Two releases went live, a broken one did not; 0 of {len(play.answers())} requests were dropped.\n"
        "Next: deploy your own Compose project; docs/own-project.md shows how."
    )
