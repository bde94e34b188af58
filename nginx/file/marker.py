"""What a proxy file says of itself: a line of JSON, which nginx answers with, too. Pure."""

from bluegreen.deployment.proxy import Marker
from bluegreen.deployment.value import Unreadable

_MARK = "# bluegreen: "


def parse(text: str | None) -> Marker | None:
    """What the file, or the proxy's own answer, says; None when it is not ours."""
    for line in (text or "").splitlines():
        if line.startswith((_MARK, "{")):
            try:
                return Marker.from_json(line.removeprefix(_MARK))
            except Unreadable:
                return None
    return None


def restamp(text: str, marker: Marker) -> str:
    """A file as it was, ours or somebody else's, that says this content: only the order has risen."""
    says = marker.as_json()
    said = next((line.removeprefix(_MARK) for line in text.splitlines() if line.startswith(_MARK)), None)
    return text.replace(said, says) if said else f"{_MARK}{says}\n{text}"
