"""doctor on what nobody looks at until it matters: the beat, the runs of a schedule, who is notified."""

import json
from pathlib import Path

import pytest

from bluegreen.store import keys
from tests.bluegreen.source.conftest import Upstream
from tests.cli.doctor.test_doctor import ask, bare
from tests.e2e.host import Host

__all__ = ["bare"]
pytestmark = pytest.mark.real


def test_a_schedule_without_a_beat_is_found(bare: Host) -> None:
    assert ("hello", "beat") not in ask(bare)[1]
    bare.configure(more='[services.hello.schedule]\ncrontab = "0 3 * * *"\n')
    assert "no beat is running" in ask(bare)[1]["hello", "beat"]["what"]
    bare.redis.set(keys.beat(bare.here().id), "1@host", ex=60)

    assert ask(bare)[1]["hello", "beat"]["verdict"] == "ok"


def test_a_schedule_whose_runs_all_fall_into_a_freeze_is_found(bare: Host) -> None:
    schedule = '[services.hello.schedule]\ncrontab = "0 3 * * *"\ntimezone = "Europe/Berlin"\n'
    nights = (
        '[[freezes]]\nreason = "nights"\ncrontab = "0 22 * * {days}"\nduration_hours = 8\n'
        'timezone = "Europe/Berlin"\n'
    )
    bare.configure(more=schedule + nights.format(days="*"))
    found = ask(bare)[1]["hello", "runs"]
    assert found["verdict"] == "advice" and "docs/schedules.md#freezes" in found["fix"]

    bare.configure(more=schedule + nights.format(days="MON-THU"))

    assert "the next run is at 2" in ask(bare)[1]["hello", "runs"]["what"]


def test_what_a_run_would_deploy_is_asked_as_the_beat_asks_it(bare: Host, tmp_path: Path) -> None:
    upstream = Upstream(tmp_path / "upstream")
    commit = upstream.commit({"file": "1"})
    upstream.git("branch", "stable")
    schedule = '[services.hello.schedule]\ncrontab = "0 3 * * *"\nref = "{ref}"\nonly_when_changed = true\n'
    source = f"[services.hello.source]\nurl = {json.dumps(str(upstream.folder))}\n"
    bare.configure(more=schedule.format(ref="stable") + source)
    assert ask(bare)[1]["hello", "schedule"]["what"] == f"stable is {commit}"

    bare.configure(more=schedule.format(ref="gone") + source)

    found = ask(bare)[1]["hello", "schedule"]
    assert found["verdict"] == "wrong" and "there is no branch or tag 'gone'" in found["what"]


def test_what_a_notification_needs_and_is_not_here_is_found_before_the_first_one_fails(bare: Host) -> None:
    assert ("notifications", "receivers") not in ask(bare)[1]
    hook = (
        '[[notifications]]\nurl_env = "A_HOOK"\ntoken_env = "A_TOKEN"\n[[notifications]]\ncommand = ["./page"]\n'
    )
    bare.configure(more=hook)
    found = ask(bare)[1]["notifications", "receivers"]
    assert found["verdict"] == "advice" and "bluegreen notifications --test" in found["fix"]
    assert "A_HOOK is not set" in found["saw"] and "A_TOKEN is not set" in found["saw"]
    assert f"there is no program {bare.folder / 'page'}" in found["saw"]

    (bare.folder / "page").write_text("#!/bin/sh\n")
    (bare.folder / "page").chmod(0o755)
    wrong = ask(bare, A_HOOK="hooks/SECRET", A_TOKEN="t")[1]["notifications", "receivers"]
    assert "A_HOOK should be a URL" in wrong["saw"] and "SECRET" not in str(wrong)

    assert ask(bare, A_HOOK="https://hooks.example/SECRET")[1]["notifications", "receivers"]["verdict"] == "ok"
