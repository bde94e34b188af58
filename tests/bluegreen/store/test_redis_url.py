"""A Redis URL means the same to the records' connection and to the broker's, or is refused."""

from pathlib import Path
from typing import Any

import pytest
from kombu import Connection as BrokerConnection

from bluegreen.store import redis_url
from bluegreen.store.connection import broker_settings, connect
from bluegreen.store.redis_url import parse
from tasks.broker import Channel, Transport

HOSTS = {
    "redis://127.0.0.1:6379/0": ("127.0.0.1", 6379, 0, None, None),
    "redis://redis.example.org": ("redis.example.org", 6379, 0, None, None),
    "redis://": ("127.0.0.1", 6379, 0, None, None),
    "redis://h:1/": ("h", 1, 0, None, None),
    "redis://h:1/7": ("h", 1, 7, None, None),
    "redis://h:1?db=3": ("h", 1, 3, None, None),
    "redis://h:1/3?db=3": ("h", 1, 3, None, None),
    "redis://[::1]:6380/0": ("::1", 6380, 0, None, None),
    "redis://:p%40ss%2Fw%23rd%2541%2Bx%20y%26z%3D%C3%BC@h/0": ("h", 6379, 0, None, "p@ss/w#rd%41+x y&z=ü"),
    "redis://us%3Aer:pw@h/0": ("h", 6379, 0, "us:er", "pw"),
    "rediss://default:pw@h:6380/0": ("h", 6380, 0, "default", "pw"),
}
OPTIONS: dict[str, dict[str, Any]] = {
    "redis://h/0?socket_timeout=10&health_check_interval=25": {"socket_timeout": 10, "health_check_interval": 25},
    "redis://h/0?socket_connect_timeout=2.5": {"socket_connect_timeout": 2.5},
    "rediss://h/0": {"ssl_cert_reqs": "required"},
    "rediss://h/0?ssl_cert_reqs=none": {"ssl_cert_reqs": "none"},
    "rediss://h/0?ssl_cert_reqs=CERT_NONE": {"ssl_cert_reqs": "none"},
    "rediss://h/0?ssl_cert_reqs=CERT_REQUIRED&ssl_check_hostname=false": {
        "ssl_cert_reqs": "required",
        "ssl_check_hostname": False,
    },
    f"rediss://h/0?ssl_ca_certs={__file__}&ssl_ca_path={Path(__file__).parent}": {
        "ssl_ca_certs": __file__,
        "ssl_ca_path": str(Path(__file__).parent),
    },
}
SENTINELS = {
    "redis+sentinel://a,b:2/shop/3": ((("a", 26379), ("b", 2)), "shop", 3, None, None, {}),
    "rediss+sentinel://me:p%40ss@[::1]:5/shop?sentinel_password=w": (
        (("::1", 5),),
        "shop",
        0,
        "me",
        "p@ss",
        {"password": "w"},
    ),
}
REFUSED = {
    "redis+sentinel://a,b": "names no master",
    "redis+sentinel://a,b/0": "names no master",
    "redis+sentinel://a:x,b/shop": "cannot be read",
    "redis+sentinel://a,b/shop/x": "a number",
    "redis://h/0?sentinel_password=secret": "for redis.sentinel://",
    "localhost": "none of redis://",
    "unix:///run/redis.sock": "none of redis://",
    "redis://:pw@[::1/0": "cannot be read",
    "redis://h:port/0": "cannot be read",
    "redis://:se/cret@h/0": "%2F",
    "redis://:se#cret@h/0": "%23",
    "redis://:se?cret@h/0": "%3F",
    "redis://h/name": "a number",
    "redis://h/0?db=1": "two databases",
    "redis://h/0?db=x": "a number",
    "redis://h/0?db=1&db=1": "twice",
    "redis://h/0?password=secret": "unknown option 'password'",
    "redis://h/0?socket_timeout=1": "3 or more",
    "redis://h/0?health_check_interval=often": "a number",
    "redis://h/0?ssl_cert_reqs=none": "for rediss://",
    "rediss://h/0?ssl_cert_reqs=maybe": "none, optional, required",
    "rediss://h/0?ssl_check_hostname=maybe": "true or false",
    "rediss://h/0?ssl_ca_certs=/none/such": "exists",
    "rediss://h/0?ssl_ca_certs=ca.crt": "whole path",
}


def of_the_broker(url: str) -> dict[str, Any]:
    """The arguments of the broker's own connections."""
    settings = broker_settings(url)
    connection = BrokerConnection(
        settings["broker_url"],
        ssl=settings["broker_use_ssl"],
        transport_options=settings["broker_transport_options"],
    )
    channel = object.__new__(Channel)  # a whole one asks Redis
    channel.__dict__.update(settings["broker_transport_options"], connection=Transport(connection))
    arguments: dict[str, Any] = channel._connparams()
    return arguments


def of_the_records(url: str) -> dict[str, Any]:
    """The arguments of the store's connections."""
    pool = connect(url).connection_pool
    return {**pool.connection_kwargs, "connection_class": pool.connection_class}


@pytest.mark.unit
@pytest.mark.parametrize("url", HOSTS)
def test_both_ask_the_same_redis_as_the_same_user(url: str) -> None:
    for arguments in (of_the_broker(url), of_the_records(url)):
        assert tuple(arguments[key] for key in ("host", "port", "db", "username", "password")) == HOSTS[url]


@pytest.mark.unit
@pytest.mark.parametrize("url", OPTIONS)
def test_an_option_means_the_same_to_both(url: str) -> None:
    for arguments in (of_the_broker(url), of_the_records(url)):
        assert {key: arguments[key] for key in OPTIONS[url]} == OPTIONS[url]
        assert arguments["connection_class"].__name__ == (
            "TlsConnection" if "rediss" in url else "PlainConnection"
        )


@pytest.mark.unit
@pytest.mark.parametrize("url", SENTINELS)
def test_sentinels_are_named_before_the_master_that_they_know(url: str) -> None:
    read = parse(url)

    login = read.sentinel_login
    assert (read.sentinels, read.host, read.db, read.username, read.password, login) == SENTINELS[url]
    for arguments in (of_the_broker(url), of_the_records(url)):
        assert arguments["connection_class"].master == "shop" and arguments["host"] == "shop"


@pytest.mark.unit
@pytest.mark.parametrize("url", REFUSED)
def test_what_would_mean_something_else_to_one_of_them_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match=REFUSED[url]) as refused:
        parse(url)

    assert "cret" not in str(refused.value)


@pytest.mark.unit
def test_every_option_is_on_the_page() -> None:
    page = (Path(__file__).parents[3] / "docs" / "operating.md").read_text("utf-8")

    assert [name for name in redis_url.OPTIONS if f"`{name}`" not in page] == []
