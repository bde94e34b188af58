"""The live release once more, and older ones by name, on the real Engine."""

import json
import signal
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.one_file.site import OneFile

pytestmark = [pytest.mark.docker, pytest.mark.timeout(240)]


@pytest.fixture
def live(site: OneFile) -> OneFile:
    """one and two were deployed; the compose file has a variable out of `.env`, another out of an env file."""
    web = site.services["web"]
    web["environment"] = {"COLOR": "${BLUEGREEN_COLOR:-}-${GREETING:-}"}
    web["env_file"] = ["web.env"]
    site.tables = f"[services.{site.name}.cleanup]\nkeep_releases = 2\n"
    site.write()
    write_environment(site, "old")
    site.configure(site.redis_url)
    site.up()
    site.start_worker()
    for version in ("one", "two"):
        site.deploy_well(version)
    return site


def write_environment(site: OneFile, word: str) -> None:
    (site.folder / ".env").write_text(f"GREETING={word}\n")
    (site.folder / "web.env").write_text(f"PASSWORD={word}\n")


def ask(site: OneFile, *arguments: str) -> dict[str, Any]:
    """The deployment that the command ends with, well."""
    ended = site.bluegreen(*arguments, "--json")
    assert ended.returncode == 0, ended.stdout + ended.stderr + site.worker_log()
    found: dict[str, Any] = json.loads(ended.stdout)
    return found


def password(site: OneFile, color: str) -> str:
    status, printed = site.color(color).exec_run(["printenv", "PASSWORD"])
    assert status == 0
    return str(printed.decode().strip())


def test_the_live_release_has_the_environment_of_now_and_its_own_image(live: OneFile) -> None:
    before = live.answer()["color"].split("-")[0]
    image = live.color(before).image.id
    write_environment(live, "new")
    (live.folder / "version").write_text("never built")

    with live.load() as load:
        renewed = ask(live, "redeploy", live.name)

    color = str(renewed["to_color"])
    assert (renewed["kind"], renewed["release"]["name"], color != before) == ("redeploy", "two", True)
    assert live.color(color).image.id == image == live.color(before).image.id
    assert live.answer() == {"version": "two", "color": f"{color}-new", "data": []}
    assert password(live, color) == "new"
    assert not load.dropped() and load.versions() == ["two"]


def test_what_stands_stopped_and_what_is_kept_can_be_gone_back_to_by_name(live: OneFile) -> None:
    ask(live, "redeploy", live.name)  # both colours have "two": "one" is kept by its image alone
    subprocess.run(
        ["docker", "image", "prune", "--force", "--filter", f"label=bluegreen.test={live.name}"], check=True
    )
    listed = {each["release"]: each for each in json.loads(live.bluegreen("releases", "--json").stdout)}
    assert set(listed["two"]["colors"].values()) == {"running", "stopped"} and listed["two"]["live"]
    assert listed["one"]["can_go_back"] and listed["one"]["colors"] == {}

    back = ask(live, "rollback", live.name, "--to", "one")

    assert back["release"]["image_id"] == listed["one"]["image_id"] == live.color(back["to_color"]).image.id
    assert live.answer()["version"] == "one"


@pytest.mark.parametrize(
    ("point", "command", "version"),
    [
        ("deploy_new_version: after compose up", ("rollback", "--to", "one"), "one"),
        pytest.param("checkout: after note crossed", ("rollback", "--to", "one"), "one", marks=pytest.mark.long),
        pytest.param("deploy_new_version: before compose up", ("redeploy",), "two", marks=pytest.mark.long),
        pytest.param("cleanup_old_version: after prune", ("redeploy",), "two", marks=pytest.mark.long),
    ],
)
def test_a_worker_that_is_killed_in_one_has_a_successor(
    live: OneFile, tmp_path: Path, point: str, command: tuple[str, ...], version: str
) -> None:
    ask(live, "redeploy", live.name)
    live.stop()
    (tmp_path / "chaos").mkdir()
    live.module = ("tests.chaos.worker", str(tmp_path / "chaos"))
    live.start_worker()
    before = live.answer()["color"].split("-")[0]
    (tmp_path / "chaos" / "kill-at").write_text(point)

    with live.load() as load:
        asked = live.bluegreen(command[0], live.name, *command[1:], "--detach")
        worker = live.workers[-1].process
        assert worker is not None and worker.wait(120) == -signal.SIGKILL
        live.workers.pop()
        live.start_worker()
        ended = live.bluegreen("watch", asked.stdout.strip())

    assert ended.returncode == 0, ended.stdout + ended.stderr + live.worker_log()
    answer = live.answer()
    assert answer["version"] == version and answer["color"].split("-")[0] != before and not load.dropped()
    listed = {each["release"]: each for each in json.loads(live.bluegreen("releases", "--json").stdout)}
    assert not [name for name, each in listed.items() if not (each["live"] or each["can_go_back"])]
