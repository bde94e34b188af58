"""The document that Compose is given: from one into another, with nothing run."""

import json
import sys
from typing import Any

import pytest

from compose.project.document import Changes, derived, read_back, relocated, written

pytestmark = pytest.mark.unit

POSIX = pytest.mark.skipif(sys.platform == "win32", reason="its paths are those of POSIX")


def moved(path: str) -> str:
    """Where the test says that files are: all in another folder, but for secrets."""
    return path if "secret" in path else path.replace("/read", "/tree")


def relocated_service(**service: Any) -> Any:
    return relocated({"services": {"web": service}}, moved)["services"]["web"]


def test_every_service_is_labelled_and_single_ones_have_more() -> None:
    content = {"services": {"web": {"labels": {"theirs": "1"}}, "worker": {}}}
    changes = Changes(labels={"ours": "2"}, labels_of={"web": {"address": "web:80"}}, images={"web": "web:1"})

    made = derived(content, changes)["services"]

    assert made["web"]["labels"] == {"theirs": "1", "ours": "2", "address": "web:80"}
    assert made["worker"]["labels"] == {"ours": "2"}
    assert content == {"services": {"web": {"labels": {"theirs": "1"}}, "worker": {}}}


def test_a_service_has_its_own_seconds_to_end_or_else_ours() -> None:
    content = {"services": {"web": {}, "jobs": {"stop_grace_period": "1m30s"}}}

    made = derived(content, Changes(labels={}, stop_grace=2.5))["services"]

    assert {name: each["stop_grace_period"] for name, each in made.items()} == {"web": "3s", "jobs": "1m30s"}


def test_a_service_runs_the_image_that_is_here_and_asks_no_registry() -> None:
    content = {"services": {"web": {"image": "app:latest", "pull_policy": "always"}, "redis": {"image": "redis"}}}

    made = derived(content, Changes(labels={}, images={"web": "test:r1"}))["services"]

    assert [each["image"] for each in made.values()] == ["test:r1", "redis"]
    assert [each["pull_policy"] for each in made.values()] == ["never", "never"]


def test_a_service_that_a_profile_has_brought_in_needs_no_profile_any_more() -> None:
    service = {"profiles": ["full"], "develop": {"watch": []}}

    assert derived({"services": {"web": service}}, Changes(labels={}))["services"]["web"].keys() == {
        "labels",
        "pull_policy",
        "stop_grace_period",
    }


@POSIX
def test_binds_are_moved_and_other_volumes_are_not() -> None:
    volumes = [{"type": "bind", "source": "/read/static"}, {"type": "volume", "source": "data"}, {"type": "tmpfs"}]

    assert relocated_service(volumes=volumes)["volumes"] == [
        {"type": "bind", "source": "/tree/static"},
        {"type": "volume", "source": "data"},
        {"type": "tmpfs"},
    ]


@POSIX
@pytest.mark.parametrize(
    ("build", "then"),
    [
        ({"context": "/read"}, {"context": "/tree"}),
        ({"context": "/read/web", "dockerfile": "D"}, {"context": "/tree/web", "dockerfile": "D"}),
        ({"context": "/read", "dockerfile": "secret/D"}, {"context": "/tree", "dockerfile": "/read/secret/D"}),
        ({"context": "/read", "dockerfile": "/read/D"}, {"context": "/tree", "dockerfile": "/tree/D"}),
        (
            {"context": "https://host/r.git", "dockerfile": "D"},
            {"context": "https://host/r.git", "dockerfile": "D"},
        ),
        (
            {"context": "/read", "additional_contexts": {"a": "/read/a", "b": "docker-image://b"}},
            {"context": "/tree", "additional_contexts": {"a": "/tree/a", "b": "docker-image://b"}},
        ),
    ],
)
def test_a_build_is_moved(build: dict[str, Any], then: dict[str, Any]) -> None:
    assert relocated_service(build=build)["build"] == then


@POSIX
def test_files_of_configs_secrets_and_volumes_are_moved() -> None:
    content = {
        "configs": {"c": {"file": "/read/c"}, "text": {"content": "/read"}},
        "secrets": {"s": {"file": "/read/secret"}, "e": {"environment": "TOKEN"}},
        "volumes": {"v": {"driver_opts": {"type": "none", "o": "bind", "device": "/read/v"}}, "n": None},
    }

    assert relocated(content, moved) == {
        "configs": {"c": {"file": "/tree/c"}, "text": {"content": "/read"}},
        "secrets": {"s": {"file": "/read/secret"}, "e": {"environment": "TOKEN"}},
        "volumes": {"v": {"driver_opts": {"type": "none", "o": "bind", "device": "/tree/v"}}, "n": None},
    }


def test_a_dollar_stays_one_on_its_way_from_compose_and_back() -> None:
    """Compose prints two for one, in names of parts as well, and reads two for one in values alone."""
    printed = {"environment": {"A": "pa$$$$w$$rd", "B$$": None}, "command": ["echo $$HOME"], "n": 1}
    read = read_back(printed)

    assert read == {"environment": {"A": "pa$$w$rd", "B$": None}, "command": ["echo $HOME"], "n": 1}
    assert json.loads(written(read)) == printed | {"environment": {"A": "pa$$$$w$$rd", "B$": None}}
