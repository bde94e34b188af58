"""The example's Jenkinsfiles: a real linter reads them, real Groovy runs them, and a real worker deploys.

On an agent with Windows their `bat` steps are read by a stand-in, which is no cmd.exe: groovy/Batch.groovy.
"""

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from bluegreen.deployment.record import Deployment
from bluegreen.deployment.states import DEPLOY_PHASES
from tests.e2e.host import Host
from tests.jenkins.build import EXAMPLE, Build, wait_for_health_check

pytestmark = [pytest.mark.groovy, pytest.mark.real, pytest.mark.timeout(300)]

OWN = "Jenkinsfile"
BY_FLOWER = "flower/Jenkinsfile"


def test_the_linter_has_nothing_to_say_of_them(linter: Path, tmp_path: Path) -> None:
    for file in (OWN, BY_FLOWER):
        (tmp_path / file).parent.mkdir(exist_ok=True)
        shutil.copy(EXAMPLE / file, tmp_path / file)
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "Jenkinsfile").write_text("pipeline { agent any stages { ")
    linted = subprocess.run(
        ["node", linter / "lib" / "index.js", "--noserver", "--path", tmp_path, "--output", "json"],
        capture_output=True,
        text=True,
        timeout=120,
    )

    files = json.loads(linted.stdout)["files"]
    found = {
        str(Path(name).relative_to(tmp_path)): [each for each in of["errors"] if each["severity"] != "info"]
        for name, of in files.items()
    }
    assert found.pop("broken/Jenkinsfile"), "the linter reads nothing"
    assert found == {OWN: [], BY_FLOWER: []}


def test_the_build_is_as_the_deployment_and_its_console_shows_each_phase(linter: Path, host: Host) -> None:
    build = Build(linter, host, OWN, PARAM_REF="v2", BLUEGREEN_REDIS_URL=host.env["BLUEGREEN_REDIS_URL"])
    console = build.console()

    assert "Finished: SUCCESS" in console, console
    assert all(f"  {phase} " in console for phase in DEPLOY_PHASES)
    deployment = Deployment.from_json((build.folder / "deployment-12.json").read_text())
    assert deployment == host.store.live("hello")
    assert deployment.asked_by == "shop/main #12 (https://ci.example/job/shop/12/)"
    assert "The deployment succeeded" in (build.folder / "deployment-12.txt").read_text()


def test_a_release_that_is_rolled_back_fails_the_build(linter: Path, host: Host) -> None:
    build = Build(linter, host, OWN, PARAM_REF="crash", BLUEGREEN_REDIS_URL=host.env["BLUEGREEN_REDIS_URL"])
    console = build.console()

    assert "Finished: FAILURE" in console and "cannot connect to the database" in console
    assert json.loads((build.folder / "deployment-12.json").read_text())["state"] == "rolled_back"


@pytest.mark.parametrize("how", ["abort", "abort-hard"])
def test_an_aborted_build_aborts_the_deployment_and_waits_for_the_rollback(
    linter: Path, host: Host, how: str
) -> None:
    host.configure(attempts=100)
    build = Build(linter, host, OWN, PARAM_REF="deaf", BLUEGREEN_REDIS_URL=host.env["BLUEGREEN_REDIS_URL"])
    wait_for_health_check(host)

    build.abort(how)
    console = build.console()

    assert "Finished: ABORTED" in console and "aborted: the old version serves" in console, console
    assert json.loads((build.folder / "deployment-12.json").read_text())["state"] == "aborted"


def test_a_ref_that_is_none_never_reaches_a_shell(linter: Path, host: Host) -> None:
    url = host.env["BLUEGREEN_REDIS_URL"]
    build = Build(linter, host, OWN, PARAM_REF="v2; touch broken-in", BLUEGREEN_REDIS_URL=url)

    assert "REF is no branch" in build.console()
    assert list(build.folder.iterdir()) == []


def test_a_stage_that_takes_too_long_is_aborted_and_the_timeout_does_not_cut_the_abort(
    linter: Path, host: Host
) -> None:
    host.configure(attempts=100)
    url = host.env["BLUEGREEN_REDIS_URL"]
    build = Build(
        linter, host, OWN, PARAM_REF="deaf", BLUEGREEN_REDIS_URL=url, AGENT="windows", MINUTE_MILLISECONDS="40"
    )
    console = build.console()

    (minutes,) = re.findall(r"Timeout set to expire in (\d+) min", console)
    assert int(minutes) > 120, "a build that takes turns waits for an hour, and deploys for another one"
    assert "Cancelling nested steps due to timeout" in console and "Finished: ABORTED" in console, console
    assert "aborted: the old version serves" in console.partition("bluegreen abort")[2], console
    assert json.loads((build.folder / "deployment-12.json").read_text())["state"] == "aborted"


def test_on_windows_the_same_commands_are_run(linter: Path, host: Host) -> None:
    url = host.env["BLUEGREEN_REDIS_URL"]
    console = Build(linter, host, OWN, PARAM_REF="v2", BLUEGREEN_REDIS_URL=url, AGENT="windows").console()

    live = host.store.live("hello")
    assert live is not None
    asked = "--ref v2 --until-promotion --if-busy refuse --id-file deployment-12.id"
    assert re.findall(r"^\[bat\] @bluegreen (deploy hello|show|explain)(.*)$", console, re.M) == [
        ("deploy hello", f" {asked}"),
        ("show", f" {live.id} --json > deployment-12.json"),
        ("explain", f" {live.id} > deployment-12.txt"),
    ]
    assert "Finished: SUCCESS" in console, console


@pytest.mark.parametrize("agent", ["linux", "windows"])
def test_a_build_that_holds_asks_a_person_and_the_record_keeps_who_it_was(
    linter: Path, host: Host, agent: str
) -> None:
    url, who = host.env["BLUEGREEN_REDIS_URL"], 'ann"; touch broken-in'
    build = Build(
        linter, host, OWN, PARAM_REF="v2", PARAM_HOLD="true", INPUT=who, BLUEGREEN_REDIS_URL=url, AGENT=agent
    )
    console = build.console()

    assert "[input] Shall users get the new version?" in console and "Finished: SUCCESS" in console, console
    deployment = Deployment.from_json((build.folder / "deployment-12.json").read_text())
    assert deployment == host.store.live("hello") and deployment.approval is not None
    assert deployment.approval.words == "promoted by shop/main #12: approved by ann___touch_broken-in"
    assert not (build.folder / "broken-in").exists()


def test_where_the_deploy_host_has_every_deployment_wait_the_build_asks_too_and_an_abort_undoes_it(
    linter: Path, host: Host
) -> None:
    host.configure("[services.hello.approval]\nrequired = true\n")
    url = host.env["BLUEGREEN_REDIS_URL"]
    build = Build(linter, host, OWN, PARAM_REF="v2", BLUEGREEN_REDIS_URL=url)
    console = build.console()

    assert "[input]" in console and "Finished: ABORTED" in console, console
    assert "aborted: the old version serves" in console.partition("bluegreen abort")[2], console
    assert json.loads((build.folder / "deployment-12.json").read_text())["state"] == "aborted"
