"""A config that is read again when its file has changed."""

import logging
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from bluegreen.settings import config_file
from bluegreen.settings.service import Config
from bluegreen.settings.watch import WatchedConfig
from tests.bluegreen.settings.test_config_file import GOOD

pytestmark = pytest.mark.unit

OTHER = GOOD.replace("services.web", "services.other")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    (tmp_path / "bluegreen.toml").write_text(GOOD)
    return tmp_path / "bluegreen.toml"


def test_a_change_counts_and_a_wrong_one_is_told_once(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    watched = WatchedConfig(path, config_file.load(path))

    path.write_text(OTHER)
    assert set(watched().services) == {"other"}
    path.write_text("[services")
    with caplog.at_level(logging.ERROR):
        assert set(watched().services) == set(watched().services) == {"other"}
    path.write_text(GOOD.replace("services.web", "services.WEB"))
    assert set(watched().services) == {"other"}
    path.unlink()
    assert set(watched().services) == {"other"}

    assert caplog.text.count("is not TOML") == 1


def test_whatever_reading_a_change_raises_what_was_there_before_counts(
    path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    watched = WatchedConfig(path, config_file.load(path))

    def broken(_: Path) -> Config:
        raise OverflowError("date value out of range")

    monkeypatch.setattr(config_file, "load", broken)
    path.write_text(OTHER)

    assert set(watched().services) == {"web"} and "date value out of range" in caplog.text


def test_who_asks_while_another_reads_the_change_gets_the_change(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    watched, load = WatchedConfig(path, config_file.load(path)), config_file.load
    reads, goes_on = threading.Event(), threading.Event()

    def slowly(file: Path) -> Config:
        reads.set()
        goes_on.wait(30)
        return load(file)

    monkeypatch.setattr(config_file, "load", slowly)
    path.write_text(OTHER)
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(watched)
        assert reads.wait(30)
        second = pool.submit(watched)
        with pytest.raises(TimeoutError):
            second.result(0.2)
        goes_on.set()

    assert set(first.result().services) == set(second.result().services) == {"other"}
