"""What a container has printed, as far as the Engine keeps it: that is the affair of its logging driver."""

from collections.abc import Iterator
from contextlib import contextmanager

from docker.errors import APIError
from docker.models.containers import Container

from bluegreen.deployment.errors import PhaseFailed
from bluegreen.deployment.runtime import Program
from bluegreen.system import foreground
from bluegreen.system.log_lines import MOST, READ, end_of

#: the Engine's word when the driver keeps nothing (`none`), or elsewhere
UNREADABLE = "does not support reading"


class NotKept(PhaseFailed):
    """The Engine has nothing that could be read."""


@contextmanager
def readable(container: Container) -> Iterator[None]:
    """Within the block the container's output is read. NotKept where its driver does not let it."""
    try:
        yield
    except APIError as error:
        if UNREADABLE not in str(error.explanation or error):
            raise
        driver = container.attrs["HostConfig"]["LogConfig"]["Type"]
        what = f"what {container.name} prints cannot be read: its logging driver is {driver}"
        raise NotKept(what, advice="Take `logging:` out of its compose file, or name json-file there.") from error


def container_lines(name: str, lines: int, follow: bool) -> Iterator[str | None]:
    """The last lines of a container's log, as `Runtime.log_lines` has them."""
    options = ["--follow"] if follow else []
    yield from foreground.lines_of(Program(["docker", "logs", *options, "--tail", str(lines), name]))


def printed(container: Container, lines: int = READ, most: int = MOST) -> str:
    """The end of its standard output and error; in its place one line that says so where that cannot be read."""
    try:
        with readable(container):
            return end_of(container.logs(stream=True, follow=False, tail=lines), most)
    except NotKept as error:
        return f"({error.what})\n"
