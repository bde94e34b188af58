"""Runs a command inside a container, with an end to the wait and its output whole.

The SDK's own `exec_run` takes the raw socket behind the HTTP response: it waits on it without any time-out, and
what arrived together with the headers is lost in the buffer between them. Here the answer is read as plain HTTP.
"""

import struct
import time
from collections.abc import Iterable, Iterator, Sequence

import requests
import urllib3
from docker import DockerClient

from bluegreen.deployment.errors import CommandFailed, PhaseFailed
from bluegreen.deployment.machine import Output

#: before each piece of output: which stream (1 byte, 3 unused), how many bytes (4)
HEADER = struct.Struct(">BxxxL")
STANDARD_OUTPUT = 1
#: seconds between the end of the output and the Engine's knowing the exit status, at most
SETTLE = 2.0


def execute(
    client: DockerClient, container: str, arguments: Sequence[str], timeout: float, user: str = ""
) -> Output:
    """Run to the end, whatever its status. CommandFailed when it takes longer; it is not ended then."""
    deadline = time.monotonic() + timeout
    created = client.api.exec_create(container, list(arguments), user=user)
    try:
        response = client.api.post(
            f"{client.api.base_url}/v{client.api.api_version}/exec/{created['Id']}/start",
            json={"Detach": False, "Tty": False},
            stream=True,
            timeout=timeout,
        )
        with response:
            if not response.ok:
                raise PhaseFailed(f"{container} cannot run {arguments[0]}", response.text[:500])
            output = _whole(_pieces(response, deadline))
        return Output(_status(client, created["Id"], deadline), output.decode("utf-8", "replace"))
    except (requests.Timeout, urllib3.exceptions.ReadTimeoutError, TimeoutError) as error:
        raise CommandFailed(f"{' '.join(arguments)} in {container} did not end within {timeout:g} s") from error


def _whole(pieces: Iterable[tuple[int, bytes]]) -> bytes:
    """Standard output, then standard error: the Engine keeps no order between them, and cuts lines for it."""
    collected = list(pieces)
    output = [data for stream, data in collected if stream == STANDARD_OUTPUT]
    return b"".join(output + [data for stream, data in collected if stream != STANDARD_OUTPUT])


def _pieces(response: requests.Response, deadline: float) -> Iterator[tuple[int, bytes]]:
    """The number of the stream and a piece of it, as they arrive."""
    while len(header := response.raw.read(HEADER.size)) == HEADER.size:
        stream, length = HEADER.unpack(header)
        yield stream, response.raw.read(length)
        if time.monotonic() > deadline:
            raise TimeoutError


def _status(client: DockerClient, execution: str, deadline: float) -> int:
    settled = max(deadline, time.monotonic() + SETTLE)
    while (found := client.api.exec_inspect(execution))["Running"]:
        if time.monotonic() > settled:
            raise TimeoutError
        time.sleep(0.01)
    return int(found["ExitCode"])
