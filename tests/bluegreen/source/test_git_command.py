"""The pure parts of calling git."""

import pytest

from bluegreen.source.command import environment_of, redacted

pytestmark = pytest.mark.unit


def test_our_settings_are_added_to_those_that_somebody_configured_by_environment():
    inherited = {
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": "http.proxy",
        "GIT_CONFIG_VALUE_0": "p",
        "PATH": "/bin",
    }

    environment = environment_of(inherited, "https://host/x")

    count = int(environment["GIT_CONFIG_COUNT"])
    settings = {environment[f"GIT_CONFIG_KEY_{n}"]: environment[f"GIT_CONFIG_VALUE_{n}"] for n in range(count)}
    assert settings["http.proxy"] == "p"
    assert settings["remote.origin.url"] == "https://host/x"
    assert settings["core.autocrlf"] == "false"
    assert (environment["PATH"], environment["GIT_TERMINAL_PROMPT"]) == ("/bin", "0")


def test_another_repositorys_variables_are_dropped():
    assert not {"GIT_DIR", "GIT_INDEX_FILE"} & set(environment_of({"GIT_DIR": "x", "GIT_INDEX_FILE": "y"}, "u"))


def test_a_password_is_hidden_in_the_url_and_wherever_git_repeats_it():
    url = "https://me:pa55@host/x.git"

    shown = redacted(f"fatal: {url} and https://me:pa55@host/", url)

    assert shown == "fatal: https://***@host/x.git and https://***@host/"
    assert redacted("fatal: a b", "https://host/x") == "fatal: a b"
