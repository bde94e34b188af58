"""What an nginx shows of itself: titles of its workers, and what it prints when it refuses its files. Pure."""

from collections.abc import Mapping

from bluegreen.deployment.machine import Output

#: "nginx: worker process is shutting down"; where `ps` is narrow, no more than its beginning is to be seen
_ENDING = "process is"


def serving(workers: Mapping[int, str]) -> set[int]:
    """Of workers by process id, with their titles: those that take new requests."""
    return {pid for pid, title in workers.items() if _ENDING not in title}


def ending(workers: Mapping[int, str]) -> set[int]:
    """The others: they finish their last requests."""
    return workers.keys() - serving(workers)


def refusal_in(output: Output) -> str:
    """Why nginx refuses its files, in its own words; empty where it does not."""
    if output.status == 0:
        return ""
    lines = [line for line in output.text.splitlines() if "nginx: [" in line]
    return "\n".join(lines) or output.text[-500:].strip() or "it does not say why"
