"""Any release that is kept: listed, gone back to, and refused where it cannot be."""

import json
import subprocess
from typing import Any

import psutil
import pytest

from bluegreen.deployment.states import Color, Phase, State
from tests.e2e.host import Host

pytestmark = pytest.mark.real


@pytest.fixture
def three(host: Host) -> Host:
    """v1, v2 and v3 were deployed, one after the other."""
    for version in ("v1", "v2", "v3"):
        assert host.deploy(version)[0] == 0
    return host


def listed(host: Host) -> list[dict[str, Any]]:
    ended = host.bluegreen("releases", "hello", "--json")
    assert ended.returncode == 0, ended.stderr
    found: list[dict[str, Any]] = json.loads(ended.stdout)
    return found


def test_they_are_listed_with_when_they_were_live_and_where_they_stand(three: Host) -> None:
    live, before, first = listed(three)

    assert [each["release"] for each in (live, before, first)] == ["v3", "v2", "v1"]
    assert (live["live"], live["until"], live["why_not"]) == (True, None, "it is live")
    assert (live["colors"], before["colors"], first["colors"]) == ({"blue": "running"}, {"green": "stopped"}, {})
    assert before["can_go_back"] and before["since"] == first["until"] and before["until"] == live["since"]
    shown = three.bluegreen("releases").stdout.splitlines()
    assert [line.split()[0] for line in shown[1:]] == ["v3", "v2", "v1"]
    assert "green (stopped)" in shown[2] and shown[3].endswith("yes")


def test_an_older_one_is_gone_back_to_without_a_request_lost(three: Host) -> None:
    with three.load() as load:
        ended = three.bluegreen("rollback", "hello", "--to", "v1", "--json")

    deployment = json.loads(ended.stdout)
    assert (ended.returncode, deployment["state"], deployment["kind"]) == (0, "succeeded", "rollback")
    assert (deployment["wanted_release"], deployment["release"]["name"]) == ("v1", "v1")
    assert three.answer() == {"color": "green", "version": "v1"} and not three.is_running(Color.BLUE)
    assert load.dropped() == []
    assert "a rollback of hello (v1)" in three.bluegreen("explain", "hello").stdout
    assert [each["release"] for each in listed(three)] == ["v1", "v3", "v2"]


def test_a_rollback_of_a_rollback_under_way_is_its_abort(three: Host) -> None:
    """Which is what whoever asks wants: status 0."""
    three.configure(bake=60)
    identity = three.bluegreen("rollback", "hello", "--to", "v1", "--detach").stdout.strip()
    three.wait_until(lambda: three.phase_state(identity, Phase.VERIFY_TRAFFIC) is not None)

    ended = three.bluegreen("rollback", "hello", "--to", "v3")

    assert ended.returncode == 0 and three.deployment(identity).state is State.ABORTED, ended
    assert three.answer() == {"color": "blue", "version": "v3"}
    assert "a rollback of hello (v1)" in three.bluegreen("explain", identity).stdout


def test_one_that_was_never_live_is_refused_with_those_that_were(three: Host) -> None:
    for wanted, said in (
        ("v9", "releases that were live, the last one first: v3, v2, v1"),
        ("../../etc", "is not the name of a release"),
        ("", "is not the name of a release"),
    ):
        refused = three.bluegreen("rollback", "hello", "--to", wanted)
        assert refused.returncode == 2 and said in refused.stderr, refused
    assert len(three.store.history("hello")) == 3


def test_the_live_one_is_refused_before_anything_is_changed(three: Host) -> None:
    refused = three.bluegreen("rollback", "hello", "--to", "v3")

    assert refused.returncode == 1 and "release v3 is live already" in refused.stdout
    assert three.store.history("hello")[-1].state is State.ROLLED_BACK
    assert three.answer() == {"color": "blue", "version": "v3"}


def test_from_git_one_whose_files_are_gone_is_refused_with_those_that_are_there(host: Host) -> None:
    repository = host.folder / "repository"
    who = ("-c", "user.name=t", "-c", "user.email=t@localhost")
    subprocess.run(["git", "init", "-q", str(repository)], check=True)
    host.configure(f'[services.hello.source]\nurl = "{repository}"\n[services.hello.cleanup]\nkeep_releases = 2\n')
    for version in ("v1", "v2", "v3"):
        for line in (["commit", "-qm", "a version", "--allow-empty"], ["tag", version]):
            subprocess.run(["git", *who, "-C", str(repository), *line], check=True)
        assert host.deploy(version)[0] == 0

    refused = host.bluegreen("rollback", "hello", "--to", "v1")

    assert "the files of release v1 are not on this host any more" in listed(host)[2]["why_not"]
    assert refused.returncode == 1 and "this host can go back to: v2" in refused.stdout
    assert "bluegreen deploy hello --ref" in refused.stdout and host.answer()["version"] == "v3"
    with host.load() as load:
        assert host.bluegreen("rollback", "hello", "--to", "v2").returncode == 0
    assert host.answer()["version"] == "v2" and load.dropped() == []


MIGRATES = "\n[services.hello.migrate]\nreversible = false\ncommand = ['true']\n"


def test_migrations_that_do_not_go_back_want_a_word_which_the_history_keeps(three: Host) -> None:
    three.configure(MIGRATES)
    assert three.deploy("v4")[0] == 0
    assert "its migrations do not go back" in three.bluegreen("show", "hello").stdout
    assert listed(three)[1]["why_not"] == "the migrations of v4 do not go back (--anyway)"

    for to in (["--to", "v1"], []):
        refused = three.bluegreen("rollback", "hello", *to)
        assert refused.returncode == 2 and "marked as not going back" in refused.stderr, refused
    assert len(three.store.history("hello")) == 4
    assert three.bluegreen("rollback", "hello", "--to", "v1", "--anyway", "v1 reads none").returncode == 0

    assert three.answer()["version"] == "v1"
    for command in ("history", "explain"):
        assert "over the migrations of v4: v1 reads none" in three.bluegreen(command, "hello").stdout


def test_the_live_release_comes_once_more_with_the_settings_of_now(three: Host) -> None:
    since = listed(three)[0]["since"]
    file = three.folder / "bluegreen.toml"
    file.write_text(file.read_text().replace("stop_grace = 3", 'stop_grace = 3\nenv = { GREETING = "new" }'))

    with three.load() as load:
        ended = three.bluegreen("redeploy", "hello", "--json")

    deployment = json.loads(ended.stdout)
    assert (ended.returncode, deployment["kind"], deployment["release"]["name"]) == (0, "redeploy", "v3"), ended
    assert three.answer() == {"color": "green", "version": "v3"} and load.dropped() == []
    assert psutil.Process(three.pid_of(Color.GREEN)).environ()["GREETING"] == "new"
    assert listed(three)[0]["since"] == since
    assert 'result="succeeded",service="hello"' in three.bluegreen("metrics").stdout
    assert 'kind="redeploy"' in three.bluegreen("metrics").stdout
    assert three.bluegreen("rollback", "hello").returncode == 0
    assert three.answer()["version"] == "v2", "the release before is another one"


def test_one_that_is_not_well_with_them_is_given_up_and_the_live_one_serves_on(three: Host) -> None:
    file = three.folder / "bluegreen.toml"
    file.write_text(file.read_text().replace('"--version", "{release}"', '"--version", "{release}-broken"'))

    assert three.bluegreen("redeploy", "hello").returncode == 1

    assert three.answer() == {"color": "blue", "version": "v3"} and not three.is_running(Color.GREEN)


def test_where_there_is_nothing_to_list_or_to_go_back_to_it_says_so(host: Host) -> None:
    assert "no release of hello is known" in host.bluegreen("releases").stdout
    for arguments, said in (
        (("releases", "nope"), "there is no service 'nope'"),
        (("redeploy", "hello"), "no release is known that could be live"),
        (("rollback", "hello", "--to", "v1"), "releases that were live, the last one first: none"),
    ):
        refused = host.bluegreen(*arguments)
        assert refused.returncode == 2 and said in refused.stderr, refused
    elsewhere = host.bluegreen("releases", "hello", config=False)
    assert elsewhere.returncode == 2 and "this command looks at the deploy host itself" in elsewhere.stderr
