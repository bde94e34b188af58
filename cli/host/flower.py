"""flower: Celery's web page for tasks, started right for deployments."""

from importlib.util import find_spec

import click

from bluegreen.deployment.errors import UsageError
from bluegreen.system import environment
from cli.context import App
from tasks.app import app as celery_app

#: what a person wants to see of a phase, of the columns that Flower has
COLUMNS = "received,uuid,state,retries,result,exception,runtime,name,args,worker"


@click.command()
@click.option("--address", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option("--port", type=click.IntRange(1, 65535), default=5555, show_default=True)
@click.option(
    "--allow-requests", is_flag=True, help="Let Flower's HTTP API deploy and abort, and its pages end workers."
)
@click.pass_obj
def flower(app: App, address: str, port: int, allow_requests: bool) -> None:
    """Show every phase in a browser, with Flower. FLOWER_BASIC_AUTH must hold USER:PASSWORD."""
    if find_spec("flower") is None:
        raise UsageError(
            "Flower is not installed",
            advice='In a clone of the repository: pip install -c constraints.txt ".[flower]"',
        )
    _require_password()
    with app.store():
        pass  # Redis answers
    arguments = [f"--address={address}", f"--port={port}", f"--tasks_columns={COLUMNS}"]
    try:
        celery_app.start(["flower", *arguments, f"--read_only={not allow_requests}"])
    except OSError as error:
        raise UsageError(
            f"Flower cannot listen on {address}:{port}: {error.strerror}", advice="Name another with --port."
        ) from error


def _require_password() -> None:
    """Flower itself serves anybody when it is given none."""
    pairs = environment.flower_basic_auth().split(",")
    if not all(user and password for user, _, password in (pair.partition(":") for pair in pairs)):
        raise UsageError(
            "Flower would serve anybody: FLOWER_BASIC_AUTH does not hold USER:PASSWORD",
            advice="Set it, in the environment and not on a command line, which others on this host can read.",
        )
