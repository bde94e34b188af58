"""What a reload retires, as the record keeps it: nginx workers by process id, for this room alone to read."""

from collections.abc import Iterable


def token_of(workers: Iterable[int]) -> str:
    """Empty where there are none."""
    return " ".join(map(str, sorted(workers)))


def workers_of(token: str) -> frozenset[int]:
    """Their process ids; what is no number is none: others may have written to the record."""
    return frozenset(int(each) for each in token.split() if each.isascii() and each.isdigit())
