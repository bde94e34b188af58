"""What a Redis URL says: read once, so that the records' connection and the broker's are the same.

redis-py and kombu each read such a URL in a way of their own: what one takes for an option the other ignores, or
breaks of. Here an option is either known, and means the same to both, or refused.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, parse_qs, quote, unquote, urlsplit

#: seconds: a read of the events blocks for one of them, and its answer may come late
SHORTEST_TIMEOUT = 3.0
#: seconds until a connection is given up
CONNECT_TIMEOUT = 5.0
#: options with which not Redis is asked, but its Sentinels
FOR_SENTINELS = "sentinel_"
#: an address without one
PORT, SENTINEL_PORT = 6379, 26379
#: of the URL
SCHEMES = ("redis", "rediss", "redis+sentinel", "rediss+sentinel")
CERT_REQS = ("none", "optional", "required")
FALSE, TRUE = ("0", "f", "false", "n", "no"), ("1", "t", "true", "y", "yes")


@dataclass(frozen=True)
class RedisUrl:
    """A Redis, and how it is reached. `options` and `tls` are named as redis-py's connection names them.

    With `sentinels`, `host` is the name by which they know the master, and `sentinel_login` how they are asked.
    """

    host: str
    port: int
    db: int
    username: str | None
    password: str | None
    is_tls: bool
    options: Mapping[str, Any]
    tls: Mapping[str, Any]
    sentinels: tuple[tuple[str, int], ...] = ()
    sentinel_login: Mapping[str, str] = field(default_factory=dict)

    @property
    def connection(self) -> dict[str, Any]:
        """The arguments of a connection of redis-py; with Sentinels, of one that asks them where it leads."""
        where = {"host": self.host, "port": self.port, "db": self.db}
        return {**where, "username": self.username, "password": self.password, **self.options, **self.tls}

    @property
    def broker(self) -> dict[str, Any]:
        """The same as settings of Celery."""
        user = ":".join(quote(each or "", safe="") for each in (self.username, self.password))
        host = f"[{self.host}]" if ":" in self.host else quote(self.host, safe="")
        scheme, login = "rediss" if self.is_tls else "redis", "" if user == ":" else f"{user}@"
        return {
            "broker_url": f"{scheme}://{login}{host}:{self.port}/{self.db}",
            "broker_use_ssl": dict(self.tls) if self.is_tls else None,
            "broker_transport_options": dict(self.options),
        }


def parse(url: str) -> RedisUrl:
    """What the URL says. Raises ValueError, which names nothing that may be a secret."""
    if not url.startswith(tuple(f"{scheme}://" for scheme in SCHEMES)):
        raise ValueError(f"it begins with none of {', '.join(f'{scheme}://' for scheme in SCHEMES)}")
    parts = _split(url)
    secured, _, by_sentinel = parts.scheme.partition("+")
    is_tls = secured == "rediss"
    given = _options(parts.query, is_tls, bool(by_sentinel))
    host, port, path, sentinels = _sentinels(parts) if by_sentinel else _host(parts)
    db = _db(path, given.pop("db", None))
    tls = {key: value for key, value in given.items() if key.startswith("ssl_")}
    login = {key: value for key, value in given.items() if key.startswith(FOR_SENTINELS)}
    options = {key: value for key, value in given.items() if key not in (*tls, *login)}
    return RedisUrl(
        host=host,
        port=port,
        db=db,
        username=unquote(parts.username) if parts.username else None,
        password=unquote(parts.password) if parts.password else None,
        is_tls=is_tls,
        options={"socket_connect_timeout": CONNECT_TIMEOUT, **options},
        tls={"ssl_cert_reqs": "required", **tls} if is_tls else {},
        sentinels=sentinels,
        sentinel_login={key.removeprefix(FOR_SENTINELS): value for key, value in login.items()},
    )


def _split(url: str) -> SplitResult:
    """The URL's parts. What urllib says of a wrong one may have a secret in it."""
    rest = url.partition("://")[2]
    if "#" in url or "@" in rest.partition("/")[2] + rest.partition("?")[2]:
        raise ValueError("a / ? or # in the user or the password is written %2F, %3F or %23")
    try:
        return urlsplit(url)
    except ValueError:
        raise ValueError("its host or its port cannot be read") from None


def _host(parts: SplitResult) -> tuple[str, int, str, tuple[tuple[str, int], ...]]:
    return *_address(parts.netloc.rpartition("@")[2], PORT), unquote(parts.path), ()


def _sentinels(parts: SplitResult) -> tuple[str, int, str, tuple[tuple[str, int], ...]]:
    """The master's name, which stands before the database, and the addresses of those that know it."""
    name, _, db = unquote(parts.path).removeprefix("/").partition("/")
    if not name or name.isdecimal():
        raise ValueError("it names no master: redis+sentinel://HOST:26379,HOST:26379/MASTER/0")
    addresses = parts.netloc.rpartition("@")[2].split(",")
    return name, PORT, db, tuple(_address(each, SENTINEL_PORT) for each in addresses)


def _address(text: str, port: int) -> tuple[str, int]:
    try:
        parts = urlsplit(f"//{text}")
        return unquote(parts.hostname or "127.0.0.1"), parts.port or port
    except ValueError:
        raise ValueError("its host or its port cannot be read") from None


def _db(path: str, option: int | None) -> int:
    """The database, 0 by default: the last part of the URL names it, or `?db=`."""
    name = path.strip("/")
    if name and not name.isdecimal():
        raise ValueError(f"its database is a number, not {name!r}")
    if name and option is not None and int(name) != option:
        raise ValueError(f"it names two databases, {name} and {option}")
    return int(name) if name else option or 0


def _options(query: str, is_tls: bool, by_sentinel: bool) -> dict[str, Any]:
    given = parse_qs(query, keep_blank_values=True)
    for name, values in given.items():
        if name not in OPTIONS:
            raise ValueError(f"it has an unknown option {name!r}; known are {', '.join(OPTIONS)}")
        if len(values) > 1:
            raise ValueError(f"it has its option {name} twice")
        if name.startswith("ssl_") and not is_tls:
            raise ValueError(f"its option {name} is for rediss://")
        if name.startswith(FOR_SENTINELS) and not by_sentinel:
            raise ValueError(f"its option {name} is for redis+sentinel://")
    return {name: _read(name, values[0]) for name, values in given.items()}


def _read(name: str, value: str) -> Any:
    try:
        return OPTIONS[name](value)
    except ValueError as error:
        raise ValueError(f"its option {name}={value}: {error}") from None


def _number(least: float, kind: type[int] | type[float]) -> Callable[[str], float]:
    def read(value: str) -> float:
        try:
            number = kind(value)
        except ValueError:
            raise ValueError("it wants a number") from None
        if not least <= number < 10**6:
            raise ValueError(f"it is {least:g} or more")
        return number

    return read


def _is_true(value: str) -> bool:
    if value.lower() not in (*TRUE, *FALSE):
        raise ValueError("it is true or false")
    return value.lower() in TRUE


def _cert_reqs(value: str) -> str:
    """As redis-py has it; `CERT_NONE` is kombu's word, and Python's."""
    word = value.lower().removeprefix("cert_")
    if word not in CERT_REQS:
        raise ValueError(f"it is {', '.join(CERT_REQS)}")
    return word


def _path(value: str) -> str:
    if not Path(value).is_absolute() or not Path(value).exists():
        raise ValueError("it is the whole path of something that exists on this machine")
    return value


OPTIONS: dict[str, Callable[[str], Any]] = {
    "db": _number(0, int),
    "socket_timeout": _number(SHORTEST_TIMEOUT, float),
    "socket_connect_timeout": _number(0.1, float),
    "health_check_interval": _number(0, int),
    "ssl_cert_reqs": _cert_reqs,
    "ssl_check_hostname": _is_true,
    "ssl_ca_certs": _path,
    "ssl_ca_path": _path,
    "ssl_certfile": _path,
    "ssl_keyfile": _path,
    "sentinel_username": str,
    "sentinel_password": str,
}
