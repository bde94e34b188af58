"""Whether a site's own limits on requests would refuse ours, by what `nginx -T` prints. Pure."""

import re

from nginx.config.forwards import Spot
from nginx.config.parser import Directive

#: ours in a second while the traffic is switched, by default, and seconds that they go on
PROBES, SECONDS = 20, 10


def too_low(spot: Spot) -> str | None:
    """A `limit_req` in force there that would refuse some of our requests, as it is written."""
    zones = {
        _option(each, "zone").partition(":")[0]: each for each in spot.blocks[0] if each.name == "limit_req_zone"
    }
    for each in spot.in_force("limit_req"):
        zone = zones.get(_option(each, "zone"))
        rate = re.fullmatch(r"(\d+)r/([sm])", _option(zone, "rate")) if zone else None
        if rate is None:
            continue
        excess = PROBES - int(rate[1]) / (60 if rate[2] == "m" else 1)
        if int(_option(each, "burst") or 0) < excess * SECONDS:
            return " ".join((each.name, *each.arguments))
    return None


def _option(directive: Directive, name: str) -> str:
    """What stands behind `NAME=`; empty where it is not there."""
    return next((word[len(name) + 1 :] for word in directive.arguments if word.startswith(f"{name}=")), "")
