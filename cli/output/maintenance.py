"""A maintenance that is on, in sentences."""

from bluegreen.deployment.maintenance import Maintenance
from cli.output.times import readable


def maintenance_lines(on: Maintenance) -> list[str]:
    """That users get a page since when, by whom and why; who gets the application; how it ends."""
    lines = [f"MAINTENANCE since {readable(on.since)}, {on.words}"]
    if on.allow:
        lines.append(f"  allowed: {', '.join(on.allow)}")
    return lines
