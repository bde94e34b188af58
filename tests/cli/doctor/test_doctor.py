"""doctor on a real host: each trouble is made, named and comes with its fix; a good host has none."""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from bluegreen.settings import config_file
from bluegreen.store import workers
from cli.demo.servers import Server, free_port, listens, redis_answers, redis_server
from tests.e2e.host import Host
from tests.here import HERE

pytestmark = pytest.mark.real

Findings = dict[tuple[str, str], dict[str, str]]


def ask(host: Host, **env: str) -> tuple[int, Findings]:
    host.env.update(env)
    ended = host.bluegreen("doctor", "--json")
    assert ended.stdout, ended.stderr
    answer: dict[str, Any] = json.loads(ended.stdout)
    assert answer["ok"] == (ended.returncode == 0)
    for each in answer["findings"]:
        assert each["fix"] or each["verdict"] == "ok", each
    return ended.returncode, {(each["about"], each["check"]): each for each in answer["findings"]}


def wrong(findings: Findings) -> list[tuple[str, str]]:
    return [key for key, each in findings.items() if each["verdict"] == "wrong"]


def nginx_of(host: Host) -> str:
    return f"hello, {host.folder / 'nginx.conf'}"


@pytest.fixture
def bare(tmp_path: Path, redis_url: str, redis: object) -> Any:
    """A host on which nothing runs but Redis."""
    with Host(tmp_path, redis_url) as host:
        yield host


def test_a_good_host_has_nothing_wrong_before_and_after_a_deployment(host: Host) -> None:
    (host.folder / "conf.d" / "app.inc").write_text("upstream app { server 127.0.0.1:1 down; }\n")
    status, before = ask(host)
    assert (status, wrong(before)) == (0, []), before
    assert before["hello", "live"]["what"] == "nothing yet"

    host.deploy("v1")

    status, after = ask(host)
    assert (status, wrong(after)) == (0, []), after
    assert after["hello", "live"]["what"] == "blue, release v1"
    assert after[nginx_of(host), "serves"]["what"] == "generation 1"
    assert "keeps connections" in after[nginx_of(host), "keep-alive"]["what"]
    assert after[nginx_of(host), "include"]["verdict"] == "ok"
    assert set(before) == set(after)


def test_a_person_reads_lines_and_the_mend_below(bare: Host) -> None:
    ended = bare.bluegreen("doctor")

    assert ended.returncode == 2
    assert "WRONG           hello: worker: no worker is running for hello" in ended.stdout
    assert "→ Start one on the deploy host (bluegreen worker), or correct the name." in ended.stdout


def test_no_worker_no_nginx_and_a_port_that_is_taken_are_each_named(bare: Host) -> None:
    with Server(["python3", "-m", "http.server", str(bare.ports["blue"])], bare.folder / "holder.log") as holder:
        holder.wait_until(lambda: listens(bare.ports["blue"]), "the holder")
        status, findings = ask(bare)

    assert status == 2
    assert {("hello", "worker"), ("hello", "blue"), (nginx_of(bare), "running"), (nginx_of(bare), "site")} <= set(
        wrong(findings)
    )
    assert ("hello", "green") not in wrong(findings)
    assert all(findings[each]["fix"] for each in wrong(findings))


def test_a_file_that_nginx_does_not_include_is_found(host: Host) -> None:
    elsewhere = (host.folder / "bluegreen.toml").read_text().replace("conf.d/app.inc", "other.inc")
    (host.folder / "bluegreen.toml").write_text(elsewhere)
    _, before = ask(host)
    (host.folder / "other.inc").write_text("upstream app { server 127.0.0.1:1 down; }")

    _, after = ask(host)

    for finding in (before[nginx_of(host), "include"], after[nginx_of(host), "include"]):
        assert finding["verdict"] == "wrong"
        assert finding["what"].endswith(f"the upstream app is in another file than {host.folder / 'other.inc'}")
        assert "conf.d/app.inc" in finding["saw"] and "include " in finding["fix"]


def test_a_file_that_nginx_refuses_is_found_with_nginx_s_own_words(host: Host) -> None:
    (host.folder / "conf.d" / "app.inc").write_text("upstream app { serve; }\n")

    _, findings = ask(host)

    assert 'unknown directive "serve"' in findings[nginx_of(host), "include"]["saw"]


def test_an_nginx_that_serves_another_generation_than_its_file_says_is_found(host: Host) -> None:
    host.deploy("v1")
    file = host.folder / "conf.d" / "app.inc"
    file.write_text(file.read_text().replace('"generation":1', '"generation":2'))

    _, findings = ask(host)

    assert "another generation" in findings[nginx_of(host), "serves"]["what"]


def test_a_redis_that_forgets_is_wrong_and_one_that_is_away_too(bare: Host, tmp_path: Path) -> None:
    port = free_port()
    url = f"redis://127.0.0.1:{port}/0"
    with redis_server(tmp_path, port) as server:
        server.arguments += ["--appendonly", "no", "--maxmemory-policy", "allkeys-lru"]
        server.stop()
        server.start()
        server.wait_until(lambda: redis_answers(port), "Redis")
        _, forgetful = ask(bare, BLUEGREEN_REDIS_URL=url)
    _, away = ask(bare, BLUEGREEN_REDIS_URL=url)

    assert forgetful["redis", "persistence"]["fix"] == "Set appendonly yes. Set maxmemory-policy noeviction."
    assert away["redis", "answers"]["verdict"] == "wrong"
    assert ("hello", "blue") in away, "what needs no Redis is checked all the same"


def test_a_wrong_config_is_one_finding(bare: Host) -> None:
    bare.configure(more="[services.hello.drian]\ntimeout = 3\n")

    status, findings = ask(bare)

    assert (status, list(findings)) == (2, [("config", "file")])
    assert "services.hello.drian: unknown key" in findings["config", "file"]["what"]


def test_a_client_is_asked_for_no_more_than_redis(tmp_path: Path, bare: Host, monkeypatch: Any) -> None:
    (tmp_path / "client").mkdir()
    monkeypatch.chdir(tmp_path / "client")
    del bare.env["BLUEGREEN_CONFIG"]

    status, findings = ask(bare)

    assert status == 0
    assert {about for about, _ in findings} == {"config", "redis"}
    assert findings["redis", "workers"]["verdict"] == "advice"
    workers.announce(bare.redis, "w@host", HERE, ["web"])
    assert findings["redis", "workers"] != ask(bare)[1]["redis", "workers"]


def test_a_repository_is_asked_and_one_that_does_not_answer_is_named_without_its_password(bare: Host) -> None:
    repository = bare.folder / "repository"
    subprocess.run(["git", "init", "--quiet", str(repository)], check=True)
    who = ["-c", "user.name=a", "-c", "user.email=a@b"]
    subprocess.run(["git", *who, "commit", "--quiet", "--allow-empty", "-m", "one"], cwd=repository, check=True)

    bare.configure(more=f'[services.hello.source]\nurl = "{repository}"\n')
    assert ask(bare)[1]["hello", "source"]["verdict"] == "ok"
    bare.configure(more='[services.hello.source]\nurl = "http://ann:secret@127.0.0.1:1/web.git"\n')
    finding = ask(bare)[1]["hello", "source"]

    assert finding["verdict"] == "wrong" and "secret" not in str(finding)


def test_it_changes_nothing(host: Host) -> None:
    before = sorted(each for each in host.redis.keys("*") if each != "bluegreen:hosts")

    ask(host)

    assert sorted(each for each in host.redis.keys("*") if each != "bluegreen:hosts") == before
    assert config_file.load(host.folder / "bluegreen.toml")


@pytest.mark.skipif(hasattr(os, "getuid") and os.getuid() == 0, reason="root may write everywhere")
def test_a_folder_that_is_not_the_worker_s_is_found(host: Host) -> None:
    (host.folder / "conf.d").chmod(0o500)

    assert (nginx_of(host), "file") in wrong(ask(host)[1])


def test_an_nginx_that_is_not_asked_by_choice_is_well_and_one_that_cannot_be_asked_is_not(host: Host) -> None:
    host.deploy("v1")
    config = host.folder / "bluegreen.toml"
    text = config.read_text()
    asked = f"status_port = {host.ports['status']}"
    config.write_text(text.replace(asked, "status_port = 0"))
    assert ask(host)[1][nginx_of(host), "serves"]["verdict"] == "ok"
    config.write_text(text.replace(asked, f"status_port = {free_port()}"))

    finding = ask(host)[1][nginx_of(host), "serves"]

    assert finding["verdict"] == "advice" and "status_url" in finding["fix"]


def test_the_site_is_asked_what_a_deployment_will_ask_after_its_switch(host: Host) -> None:
    """Host, path, headers and good statuses are those of the settings; what it would roll back is wrong."""
    (host.folder / "conf.d" / "app.inc").write_text("upstream app { server 127.0.0.1:1 down; }\n")
    conf = host.folder / "nginx.conf"
    redirect = 'location = /health { return 301 "https://$host/"; }'
    conf.write_text(conf.read_text().replace("location / {", f"{redirect} location / {{"))
    host.nginx.stop()
    host.start_nginx()

    status, findings = ask(host)

    assert (status, wrong(findings)) == (2, [(nginx_of(host), "site")])
    site = findings[nginx_of(host), "site"]
    assert "it leads to https://127.0.0.1/" in site["saw"]
    assert "X-Forwarded-Proto" in site["fix"]
