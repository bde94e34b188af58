"""The base of all values that are written down: they never change."""

import threading
from typing import Any, Self, TypeVar

import msgspec

from bluegreen.deployment.errors import RecordUnreadable

T = TypeVar("T")

#: what `from_json` raises for a text that is not such a value
Unreadable = msgspec.MsgspecError
_decoders: dict[type, msgspec.json.Decoder[Any]] = {}
_making = threading.Lock()


def decoder(of: type[T]) -> msgspec.json.Decoder[T]:
    """The one decoder of the type, made when it is first wanted.

    One thread makes them all: what msgspec (0.22) looks up about a type has holes until that is done, and a second
    thread that reads with it ends the process, by a segmentation fault.
    """
    with _making:
        if of not in _decoders:
            _decoders[of] = msgspec.json.Decoder(of)
        return _decoders[of]


class Value(msgspec.Struct, frozen=True):
    """A value that never changes; `with_` makes the changed copy.

    What is read is checked, what a program makes itself is not.
    """

    def with_(self, **changes: Any) -> Self:
        return msgspec.structs.replace(self, **changes)

    def as_json(self) -> str:
        """One line, which `from_json` reads."""
        return msgspec.json.encode(self).decode()

    @classmethod
    def from_json(cls, text: str | bytes) -> Self:
        """Raises Unreadable. Fields that are not known are left out: they may be of a later version."""
        return decoder(cls).decode(text)

    @classmethod
    def from_redis(cls, text: str | None, key: str, what: str) -> Self | None:
        """What stands under the key, None where nothing does. RecordUnreadable says what cannot be read."""
        try:
            return cls.from_json(text) if text else None
        except Unreadable as error:
            raise RecordUnreadable(
                f"{what} cannot be read: {error}",
                advice="Another version of bluegreen has written it, or somebody by hand. Use that one, or have "
                f"it forgotten: redis-cli DEL {key}",
            ) from error
