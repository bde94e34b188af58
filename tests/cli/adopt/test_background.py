"""Which services of a project are drafted as background services of the release."""

import tomllib
from typing import Any

import pytest

from bluegreen.settings import config_file
from cli.adopt.background import sections_of, strangers
from cli.adopt.draft import Draft, Value
from cli.adopt.text import list_unknown, render

pytestmark = pytest.mark.unit

BUILT = {"build": {"context": "/srv/shop", "dockerfile": "Dockerfile"}}
WEB = {**BUILT, "ports": [{"target": 8000}]}
OTHERS: dict[str, dict[str, Any]] = {
    "worker": {**BUILT, "command": ["celery", "-A", "shop", "worker"]},
    "beat": {**BUILT, "command": ["celery", "-A", "shop", "beat"]},
    "_all": {**BUILT, "command": ["/venv/bin/celery", "-A", "shop", "worker", "-B"]},
    "mails.v2": {**BUILT, "command": ["sh", "-c", "exec celery -A shop worker"]},
    "nightly-cron": {**BUILT, "command": None},
    "flower": {**BUILT, "command": ["celery", "flower"], "ports": [{"target": 5555}]},
    "consumer": {"build": {**BUILT["build"], "dockerfile": "consumer.Dockerfile"}},
    "db": {"image": "postgres:16"},
    "other": {"build": {"context": "/srv/other"}, "command": ["celery", "worker"]},
}


def drafted(services: dict[str, dict[str, Any]]) -> Draft:
    table = {"conf": Value("/etc/nginx/nginx.conf"), "file": Value("/etc/nginx/app.inc")}
    compose = {"files": Value(["docker-compose.yml"]), "service": Value("web")}
    found = sections_of(services, "web", services.keys() - {"web"})
    return Draft("web", {}, {}, compose, {}, {}, (table,), background=found)


def test_what_runs_the_applications_code_belongs_to_the_release_and_a_beat_runs_alone() -> None:
    draft = drafted({"web": WEB, **OTHERS})

    service = config_file.parse(tomllib.loads(render(draft))).services["web"]
    named = service.background_services
    assert sorted(named.values()) == ["_all", "beat", "consumer", "flower", "mails.v2", "nightly-cron", "worker"]
    alone = {named[name] for name, each in service.background.items() if not each.overlap}
    assert alone == {"_all", "beat", "flower", "nightly-cron"}
    assert [each.partition(" = ")[0] for each in list_unknown(draft)] == [
        "background.consumer.service",
        "background.nightly-cron.overlap",
    ]


def test_one_that_has_the_same_image_belongs_to_it_too() -> None:
    services = {"web": {"image": "shop:1"}, "worker": {"image": "shop:1"}, "db": {"image": "postgres"}}

    assert sections_of(services, "web", ["worker", "db"]) == {
        "worker": {"service": Value("worker", "runs the image of web")}
    }


def test_celery_of_another_image_is_only_named() -> None:
    assert strangers({"web": WEB, **OTHERS}, "web", OTHERS) == ["other"]


def test_without_such_services_nothing_is_written() -> None:
    assert "background" not in render(drafted({"web": WEB, "db": OTHERS["db"]}))
