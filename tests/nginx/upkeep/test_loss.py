"""When a file that was copied into a container counts as gone with it."""

import os
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from bluegreen.deployment.proxy import Marker
from bluegreen.deployment.states import Color
from bluegreen.settings.service import ProxySettings
from nginx.file.kept import Kept
from nginx.upkeep.upkeep import NginxUpkeep

pytestmark = pytest.mark.unit


def says(color: Color | None = Color.BLUE, epoch: int = 1) -> Marker:
    return Marker(service="web", color=color, release="v1", generation=1, epoch=epoch)


def is_lost(confirmed: Marker | None, there: Marker | None, **place: Any) -> bool:
    settings = ProxySettings.model_validate({"container": "edge", **(place or {"copy_to": "/etc/nginx/x.inc"})})
    proxy = SimpleNamespace(label="edge", settings=settings, read=lambda: there)
    text = f"# bluegreen: {confirmed.as_json()}\n" if confirmed else None
    kept = SimpleNamespace(confirmed=lambda label: text)
    return upkeep(proxy, kept).lost() == ["edge"]


def upkeep(proxy: object, kept: object) -> NginxUpkeep:
    return NginxUpkeep("web", (cast(Any, proxy),), cast(Any, None), cast(Any, kept))


def test_a_file_that_is_not_what_was_confirmed_is_lost() -> None:
    assert is_lost(says(), None)
    assert is_lost(says(epoch=2), says())
    assert is_lost(says(), says(epoch=2)), "one that was put back, and perhaps not taken up"


def test_what_is_there_or_never_served_or_lies_on_the_host_is_not() -> None:
    assert not is_lost(says(), says())
    assert not is_lost(None, None)
    assert not is_lost(says(color=None), None)
    assert not is_lost(says(), None, file="app.inc")


def test_a_loss_is_kept_with_its_time_though_the_file_is_back(tmp_path: Path) -> None:
    settings = ProxySettings(container="edge", copy_to="/etc/nginx/app.inc")
    ours = upkeep(SimpleNamespace(label="edge", settings=settings), Kept(tmp_path))
    assert ours.seconds_since_loss() == {}

    ours.note_loss("edge")

    assert ours.seconds_since_loss()["edge"] < 60
    for file in (tmp_path / "lost").iterdir():
        os.utime(file, (0, time.time() - 600))
    assert ours.seconds_since_loss()["edge"] >= 600
