"""Previews that are over: of a deployment that was unlocked, or that Redis has forgotten. Pure."""

from dataclasses import replace

from bluegreen.deployment.upkeep import Found
from nginx.file.marker import parse
from nginx.file.preview import without_preview
from nginx.live import Seen

OVER = "has a preview that is over"


def with_over(found: Found, previewed: int | None) -> Found:
    """The same with those of other deployments than that of this generation among what is wrong."""
    over = {
        label: OVER
        for label, seen in found.observed.items()
        if isinstance(seen, Seen) and seen.text and without_over(seen.text, previewed) != seen.text
    }
    return replace(found, wrong={**over, **found.wrong}, previewed=previewed)


def without_over(text: str, previewed: int | None) -> str:
    """A proxy file without a preview of another generation."""
    said = parse(text)
    return text if said and said.generation == previewed else without_preview(text)
