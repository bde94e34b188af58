"""A log of a container, read from a mark on: a file inside it, or its output, which the Engine keeps.

The public nginx images link their access log to the output. A mark in a file is its inode and a position; a mark
in the output is the Engine's time of the line, so that no other clock counts.
"""

import base64
import json
from datetime import UTC, datetime

from docker import DockerClient
from docker.models.containers import Container

from bluegreen.deployment.errors import PhaseFailed
from bluegreen.deployment.machine import LOG_BYTES, LogChunk
from compose.engine.execute import execute
from compose.engine.lookup import running
from compose.printed import readable

#: seconds for one look at a log: a receipt must not hold up a deployment
TIMEOUT = 5.0
#: lines of an output that are read at most
MOST_LINES = 200_000
OUTPUTS = ("/dev/stdout", "/dev/stderr", "/proc/self/fd/1", "/proc/self/fd/2", "/dev/fd/1", "/dev/fd/2")
#: the arguments are path, inode, position and limit; the first line of the output is the mark of the piece's end
READ = """
found=$(stat -Lc "%i %s" "$0") || exit 1
set -- "$0" "$@" $found
from=$3; [ "$2" = "$5" ] && [ "$3" -le "$6" ] || from=0
upto=$6; [ $((upto - from)) -le "$4" ] || upto=$((from + $4))
echo "$5 $from $upto"
tail -c "+$((from + 1))" "$1" | head -c "$((upto - from))"
"""


def end(container: str, path: str) -> str:
    """Where it ends now."""
    with running(container, TIMEOUT) as (client, found):
        if _is_output(client, container, path):
            lines = _output(found, tail=1)
            return lines[-1].partition(" ")[0] if lines else "0001-01-01T00:00:00Z"
    return _shell(container, path, 'stat -Lc "%i %s" "$0"', path).strip()


def since(container: str, path: str, mark: str) -> LogChunk:
    """What was written since the mark; all of a file when another one has taken its place."""
    if "T" in mark:
        return _output_since(container, mark)
    inode, position = (str(int(each)) for each in mark.split())  # a shell counts with them
    text = _shell(container, path, READ, path, inode, position, str(LOG_BYTES))
    line, _, content = text.partition("\n")
    now, start, upto = line.split()
    content, newline, partial = content.rpartition("\n")
    lines = [(None, line) for line in content.split("\n")] if newline else []
    read = int(upto) - len(partial.encode())
    more = int(upto) - int(start) == LOG_BYTES and bool(newline)
    return LogChunk(lines, f"{now} {read}", now == inode and start == position, more)


def _is_output(client: DockerClient, container: str, path: str) -> bool:
    """Whether the path leads to the container's output. The Engine answers quicker than a command in there."""
    url = f"{client.api.base_url}/v{client.api.api_version}/containers/{container}/archive"
    answer = client.api.head(url, params={"path": path}, timeout=TIMEOUT)
    stat = answer.headers.get("X-Docker-Container-Path-Stat", "")
    target = json.loads(base64.b64decode(stat) or b"{}").get("linkTarget")
    return path in OUTPUTS or target in OUTPUTS


def _shell(container: str, path: str, script: str, *arguments: str) -> str:
    with running(container, TIMEOUT) as (client, _):
        output = execute(client, container, ["sh", "-c", script, *arguments], TIMEOUT)
    if output.status != 0:
        raise PhaseFailed(f"cannot read {path} in {container}", output.text.strip()[-500:])
    return output.text


def _output_since(container: str, mark: str) -> LogChunk:
    """Read backwards from its end, by ever more lines: the Engine would read a long log from its beginning."""
    wanted = 1000
    with running(container, TIMEOUT) as (_, found):
        while True:
            lines = _output(found, tail=wanted)
            new = [line for line in lines if line > mark and not line.startswith(mark)]
            if len(new) < len(lines) or len(lines) < wanted or wanted >= MOST_LINES:
                break
            wanted *= 10
    pairs = [(stamp, text) for stamp, _, text in (line.partition(" ") for line in new)]
    whole = len(new) < MOST_LINES
    return LogChunk([(_moment(stamp), text) for stamp, text in pairs], pairs[-1][0] if pairs else mark, whole)


def _output(container: Container, tail: int) -> list[str]:
    """Its last lines, each after the time at which the Engine got it."""
    with readable(container):
        text = container.logs(timestamps=True, tail=tail).decode("utf-8", "replace")
    return sorted(line.rstrip("\r") for line in text.split("\n") if line)


def _moment(stamp: str) -> float:
    return datetime.fromisoformat(stamp[:26].rstrip("Z")).replace(tzinfo=UTC).timestamp()
