"""Which colour is live, by all that speaks of it: nginx, its files, what runs, and what was live last. Pure."""

from collections.abc import Collection, Mapping

from bluegreen.deployment.errors import PhaseFailed
from bluegreen.deployment.runtime import Instance
from bluegreen.deployment.states import Color
from nginx.config.targets import targets_in
from nginx.file.damage import Known
from nginx.file.preview import without_preview
from nginx.live import Seen

#: by a proxy's label and a colour: the host:port pairs by which that proxy reaches it
Addresses = Mapping[str, Mapping[Color, Collection[str]]]


def by_what_runs(
    service: str,
    known: Known,
    damaged: Mapping[str, str],
    named: Color | None,
    running: Mapping[Color, Instance],
) -> tuple[Color, str | None]:
    """The colour and its release, where no proxy says it: what was live last, unless what runs denies it.

    `named`: the colour to which the files send requests by now. Raises PhaseFailed with what each says.
    """
    runs = {color: instance for color, instance in running.items() if instance.running}
    is_denied = (runs and known.color not in runs) or (named in runs and named is not known.color)
    if not is_denied:
        found = runs.get(known.color)
        return known.color, (found.release if found else None) or known.release
    files = "; ".join(f"the file of {label} {what}" for label, what in damaged.items())
    says = ", ".join(f"{color} runs release {each.release or '?'}" for color, each in runs.items())
    raise PhaseFailed(
        f"{service}: it is not clear which colour is live: {files}",
        f"no nginx says what it serves; {known.source} says {known.color}, release {known.release}; {says}; "
        f"the files name {named or 'no colour'}",
        f"Say which of them shall serve: bluegreen repair {service} --color COLOR",
    )


def named_color(seen: Mapping[str, Seen], addresses: Addresses) -> Color | None:
    """The one colour to which files that are not ours send requests; None where they name none, or both."""
    texts = {label: each.text for label, each in seen.items() if each.said is None or each.said.color is None}
    found = {color for label, text in texts.items() for color in _named(text, addresses.get(label, {}))}
    return found.pop() if len(found) == 1 else None


def _named(text: str | None, addresses: Mapping[Color, Collection[str]]) -> set[Color]:
    """By host *and* port: `app-blue:8000` is not green's port 8000 of the host."""
    targets = {_whole(each) for each in targets_in({"": without_preview(text or "")})}
    return {color for color, locations in addresses.items() if targets & {each.lower() for each in locations}}


def _whole(target: str) -> str:
    """nginx's own port where it names none."""
    _, colon, port = target.rpartition(":")
    return (target if colon and port.isdigit() else f"{target}:80").lower()
