"""Where an installation keeps what is its own, and by what it is known."""

from pathlib import Path

import pytest

from bluegreen.deployment.errors import ConfigError
from bluegreen.parallel import at_once
from bluegreen.system import installation, platform, state_folder

pytestmark = pytest.mark.unit


def test_two_config_files_of_one_name_are_two_installations(tmp_path: Path) -> None:
    one, two = (tmp_path / name / "bluegreen.toml" for name in ("one", "two"))

    assert state_folder.path_of(one) != state_folder.path_of(two)
    assert installation.make(one).id != installation.make(two).id


def test_the_id_is_made_once_whoever_asks(tmp_path: Path) -> None:
    config = tmp_path / "bluegreen.toml"
    assert state_folder.installation_of(config) is None

    found = at_once(range(8), lambda _: installation.make(config))

    assert {each.id for each in (*found, state_folder.installation_of(config)) if each} == {found[0].id}
    assert found[0].config == str(config)


def test_systemd_says_where_state_lies(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STATE_DIRECTORY", f"{tmp_path / 'first'}")

    assert state_folder.path_of(tmp_path / "bluegreen.toml").parent == tmp_path / "first"


def test_state_that_is_there_already_is_found_where_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker was started by hand at first, and is a service now; `doctor` is started by hand all the time."""
    config, by_hand, of_service = tmp_path / "bluegreen.toml", tmp_path / "home", tmp_path / "var"
    monkeypatch.setattr(platform, "state_roots", lambda: (by_hand, of_service))
    monkeypatch.delenv("STATE_DIRECTORY")
    begun = installation.make(config)
    assert state_folder.path_of(config).parent == by_hand

    monkeypatch.setenv("STATE_DIRECTORY", str(of_service))

    assert installation.make(config) == begun


def test_doctor_by_hand_finds_the_state_of_the_service(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config, by_hand, of_service = tmp_path / "bluegreen.toml", tmp_path / "home", tmp_path / "var"
    monkeypatch.setattr(platform, "state_roots", lambda: (by_hand, of_service))
    monkeypatch.setenv("STATE_DIRECTORY", str(of_service))
    begun = installation.make(config)

    monkeypatch.delenv("STATE_DIRECTORY")

    assert state_folder.installation_of(config) == begun


def test_without_a_service_manager_the_system_says_where(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("STATE_DIRECTORY")

    folder = state_folder.path_of(tmp_path / "bluegreen.toml")

    assert folder.parent == platform.state_roots()[0]
    assert not folder.is_relative_to(tmp_path)


@pytest.mark.parametrize("text", ["", "{}", '{"id":"../../etc","host":"h","config":"c"}'])
def test_an_id_that_cannot_be_read_is_named_with_the_way_out(tmp_path: Path, text: str) -> None:
    config = tmp_path / "bluegreen.toml"
    installation.make(config)
    (state_folder.path_of(config) / "installation.json").write_text(text)

    with pytest.raises(ConfigError, match=r"cannot read .*installation\.json, which") as raised:
        installation.make(config)
    assert "remove it" in raised.value.advice
