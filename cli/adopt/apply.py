"""Changes the files of nginx, has it test them and take them up; when one refuses, all is as it was."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from functools import partial
from pathlib import Path

import click

from bluegreen import failpoints
from bluegreen.deployment.cancellation import NeverCancelled, wait_until
from bluegreen.deployment.errors import BlueGreenError, FilesRefused, NotRunning, ProxyRefused
from bluegreen.deployment.machine import Machine, ProxyFile
from bluegreen.system.locks import exclusive, of_host
from cli.adopt import journal
from cli.adopt.journal import Adoption, Written
from cli.adopt.nginx_edit import HEAD
from compose.container import Container
from nginx.config.parser import files_of
from nginx.host import Host
from nginx.process import ending, refusal_in, serving

#: seconds until new workers have taken over after a reload
TIMEOUT = 15.0
POLL = 0.02
#: seconds to wait for a switch of another service on the same nginx
LOCK_TIMEOUT = 120.0


def machines(adoption: Adoption) -> list[Machine]:
    """Its nginx."""
    return [
        *(Container(each) for each in adoption.containers),
        *(Host(binary, Path(conf)) for binary, conf in adoption.hosts),
    ]


def apply(adoption: Adoption) -> None:
    """Afterwards every nginx serves by the new files, and the journal says so. Raises with all as it was."""
    with locked(machines(adoption)):
        journal.write(adoption)
        try:
            if any(each.before != each.after for each in adoption.files):
                change([(each.file, each.after) for each in adoption.files], machines(adoption))
            with failpoints.around("write config"):
                adoption.config.file.write(adoption.config.after)
        except BlueGreenError:
            give_up(adoption)
            raise
        journal.write(adoption.with_(done=True))


def give_up(adoption: Adoption) -> None:
    """Afterwards all is as it was, and an nginx that had taken the new files up has the old ones."""
    put_back(adoption)
    for machine in machines(adoption):
        with suppress(BlueGreenError):
            machine.run("nginx", "-s", "reload")
    journal.forget(adoption.service)


def put_back(adoption: Adoption) -> list[str]:
    """The files as they were before, where they are as the adoption has left them; the names of the others."""
    changed = []
    for each in (*reversed(adoption.files), adoption.config):
        there = each.file.read()
        if there != each.before and each.has(there):
            restore(each)
        elif there != each.before:
            changed.append(each.file.name)
    return changed


def restore(each: Written) -> None:
    """The file as it was."""
    with failpoints.around("restore file"):
        if each.before is None:
            each.file.delete()
        else:
            each.file.write(each.before)


def change(texts: Sequence[tuple[ProxyFile, str]], at: Sequence[Machine]) -> None:
    """Write them, have every nginx test them, then take them up."""
    for file, text in texts:
        if file.read() != text:
            with failpoints.around("write file"):
                file.write(text)
    seeds = [text.strip() for _, text in texts if text.startswith(HEAD)]
    for machine in at:
        _expect_read(machine, test(machine), seeds)
    for machine in at:
        reload(machine)


def _expect_read(machine: Machine, files: Mapping[str, str], seeds: Sequence[str]) -> None:
    if seeds and not any(seed in text for seed in seeds for text in files.values()):
        raise FilesRefused(
            f"{machine.name}: nginx does not read the file that was just written for it",
            advice="Nothing was reloaded. A folder that is mounted into the container from elsewhere hides it.",
        )


def test(machine: Machine) -> dict[str, str]:
    """What it reads, which it accepts. FilesRefused: it does not; nothing is in force."""
    output = machine.run("nginx", "-T")
    if refusal := refusal_in(output):
        raise FilesRefused(f"{machine.name}: nginx refuses its configuration", refusal, "Nothing was reloaded.")
    return files_of(output.text)


def reload(machine: Machine) -> None:
    """Afterwards only workers that have read the files take requests."""
    before = _serving(machine)
    with failpoints.around("reload"):
        output = machine.run("nginx", "-s", "reload")
    if output.status != 0:
        raise ProxyRefused(f"{machine.name}: the reload failed", output.text.strip()[-1000:])

    def are_new(workers: set[int]) -> bool:
        return bool(workers) and not workers & before

    if not are_new(wait_until(partial(_serving, machine), are_new, TIMEOUT, NeverCancelled(), POLL)):
        raise ProxyRefused(
            f"{machine.name}: reloaded, but its workers are those from before after {TIMEOUT:g} s",
            advice="Look at nginx's error log: a port that it cannot bind keeps the old configuration.",
        )


@contextmanager
def locked(at: Sequence[Machine]) -> Iterator[None]:
    """No deployment of this host switches one of these nginx meanwhile."""
    with ExitStack() as held:
        for name in sorted({each.name for each in at}):
            held.enter_context(exclusive(of_host(f"nginx {name}"), LOCK_TIMEOUT))
        yield


def drain(adoption: Adoption, timeout: float) -> None:
    """Until no worker of nginx answers a request any more that came before the last reload."""

    def left() -> int:
        return sum(len(ending(each.nginx_workers())) for each in machines(adoption))

    if number := wait_until(left, lambda number: not number, timeout, NeverCancelled(), POLL):
        click.echo(f"{number} nginx workers still have requests from before after {timeout:g} s")


def _serving(machine: Machine) -> set[int]:
    with suppress(NotRunning):
        return serving(machine.nginx_workers())
    return set()
