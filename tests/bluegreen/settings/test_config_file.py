"""bluegreen.toml: what is read, and how it is refused."""

import codecs
import tomllib
from pathlib import Path
from typing import Any

import pytest

from bluegreen.deployment.errors import ConfigError, UsageError
from bluegreen.deployment.states import Color
from bluegreen.settings import config_file
from bluegreen.settings.service import HealthSettings

pytestmark = pytest.mark.unit

GOOD = """
[services.web]
workspace = "app"
[services.web.ports]
blue = 8000
green = 8001
[services.web.compose]
service = "web-{color}"
[[services.web.proxies]]
container = "proxy"
file = "nginx/upstream.inc"
"""


def values(text: str = "") -> dict[str, Any]:
    return tomllib.loads(GOOD + text)


def test_a_good_file_is_read_with_its_paths_made_absolute(tmp_path: Path) -> None:
    (tmp_path / "bluegreen.toml").write_text(GOOD)

    service = config_file.load(tmp_path / "bluegreen.toml").services["web"]

    assert service.workspace == tmp_path / "app"
    assert service.proxies[0].file == tmp_path / "app" / "nginx" / "upstream.inc"
    assert service.fixed_ports.of(Color.GREEN) == 8001
    assert (service.health.attempts, service.health.interval, service.drain.timeout) == (10, 10, 30)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-be"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_file_is_read_as_windows_own_tools_save_it(tmp_path: Path, encoding: str, end: str) -> None:
    bom = codecs.BOM_UTF16_BE if encoding == "utf-16-be" else b""
    text = f"# gr\u00fcn\n{GOOD}".replace("\n", end)
    (tmp_path / "bluegreen.toml").write_bytes(bom + text.encode(encoding))

    assert config_file.load(tmp_path / "bluegreen.toml").services["web"].workspace == tmp_path / "app"


@pytest.mark.parametrize(
    "content", ["# gr\u00fcn".encode("latin-1"), b"\xff\xfe\x00", "x = 1".encode("utf-16-le")]
)
def test_a_file_in_another_encoding_is_refused_and_told_so(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "bluegreen.toml").write_bytes(content)

    with pytest.raises(ConfigError, match="bluegreen.toml is not UTF-8: ") as refused:
        config_file.load(tmp_path / "bluegreen.toml")
    assert "Save it as UTF-8" in refused.value.advice


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("[services.web.helth]\n", "services.web.helth: unknown key; did you mean health?"),
        (
            "[services.web.health]\ntrys = 3\n",
            "services.web.health.trys: unknown key; known here: attempts, headers, host_header,",
        ),
        ('[services.web.health]\npath = "x"\n', "services.web.health.path: should start with \"/\" (it is 'x')"),
        ('[services.web.health]\nstatus = "2xx"\n', "services.web.health.status: should read like"),
        ("[services.web.health]\nattempts = 0\n", "services.web.health.attempts: "),
        ('[services.web.processes]\ncommand = ["x"]\n', "services.web: needs either [compose] or [processes]"),
        ('[[services.web.proxies]]\nfile = "x"\n', "services.web.proxies.1: needs either container"),
        ('[[services.web.proxies]]\ncontainer = "x"\n', "services.web.proxies.1: needs either file or copy_to"),
        ('[services.web.cleanup]\nold_version = "keep"\n', "services.web.cleanup.old_version: "),
        ("[services.api]\n", "services.api.ports: is missing"),
        ('[[services.web.proxies]]\ncontainer = "proxy"\nfile = "b.inc"\n', "two proxies are the same nginx"),
        (
            '[[services.web.proxies]]\ncontainer = "x"\nfile = "x"\nupstream_address = "a; } b {"\n',
            "services.web.proxies.1.upstream_address: ",
        ),
    ],
)
def test_a_wrong_key_is_named_by_its_path(text: str, complaint: str) -> None:
    with pytest.raises(ConfigError) as refused:
        config_file.parse(values(text))

    assert complaint in str(refused.value)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ('health.attempts = "many"', "health.attempts: should be a whole number (it is 'many')"),
        ("health.attempts = 1.5", "health.attempts: should be a whole number (it is 1.5)"),
        ("health.attempts = 0", "health.attempts: should be 1 or more (it is 0)"),
        ("health.attempts = 1001", "health.attempts: should be 1000 or less (it is 1001)"),
        ('health.interval = "x"', "health.interval: should be a number (it is 'x')"),
        ("health.interval = 0", "health.interval: should be more than 0 (it is 0)"),
        ("bake.max_failure_rate = 1", "bake.max_failure_rate: should be less than 1 (it is 1)"),
        ("health.path = 3", "health.path: should be text, in quotes (it is 3)"),
        ("health = 3", "health: should be a section (it is 3)"),
        ("migrate.command = []", "migrate.command: should not be empty"),
        ('migrate.command = "x"', 'migrate.command: should be a list, such as ["a", "b"] (it is \'x\')'),
        ('cleanup.old_version = "keep"', "cleanup.old_version: should be 'stop' or 'remove' (it is 'keep')"),
        ("workspace = 3", "workspace: should be a path, in quotes (it is 3)"),
        (
            'schedule = {crontab = "0 0 * * *", only_when_changed = "x"}',
            "changed: should be true or false (it is 'x')",
        ),
    ],
)
def test_a_wrong_value_is_spoken_of_in_plain_words(text: str, complaint: str) -> None:
    wrong = tomllib.loads(GOOD.replace('workspace = "app"\n', f"{text}\n"))

    with pytest.raises(ConfigError) as refused:
        config_file.parse(wrong)

    assert str(refused.value).endswith(complaint) and str(refused.value).startswith("services.web.")


def test_a_wrong_key_in_a_list_of_sections_is_the_only_complaint() -> None:
    wrong = tomllib.loads(GOOD.replace('container = "proxy"', 'contianer = "proxy"'))

    with pytest.raises(ConfigError) as refused:
        config_file.parse(wrong)

    assert refused.value.what == "services.web.proxies.0.contianer: unknown key; did you mean container?"


def test_a_section_in_the_place_of_a_list_of_them_is_told_how_to_write_it() -> None:
    with pytest.raises(
        ConfigError, match=r"proxies: should be a list of sections: \[\[services\.web\.proxies\]\]"
    ):
        config_file.parse(tomllib.loads(GOOD.replace("[[services.web.proxies]]", "[services.web.proxies]")))


def test_every_complaint_begins_with_the_file(tmp_path: Path) -> None:
    path = tmp_path / "bluegreen.toml"
    path.write_text(GOOD + "[services.web.helth]\n[services.web.bake]\nseconds = -1\n")

    with pytest.raises(ConfigError) as refused:
        config_file.load(path)

    lines = refused.value.what.splitlines()
    assert len(lines) == 2 and all(line.startswith(f"{path}: services.web.") for line in lines)


@pytest.mark.parametrize("key", ["url", "url_env", "token_env"])
def test_what_may_be_a_secret_is_not_repeated(key: str) -> None:
    notification = {key: "hooks.example.org/services/T0/SECRET"} | (
        {"url": "https://x"} if key == "token_env" else {}
    )
    with pytest.raises(ConfigError, match=rf"notifications\.0\.{key}: ") as refused:
        config_file.parse({**values(), "notifications": [notification]})

    assert "SECRET" not in str(refused.value)


def test_one_port_for_both_colours_is_refused() -> None:
    wrong = values()
    wrong["services"]["web"]["ports"]["green"] = 8000

    with pytest.raises(ConfigError, match=r"services\.web\.ports: blue and green need different ports"):
        config_file.parse(wrong)


@pytest.mark.parametrize(
    ("compose", "complaint"),
    [
        (
            {"files": ["a.yml"], "service": "web", "color_file": "{color}.yml"},
            "services.web.compose.color_file: goes without files",
        ),
        (
            {"files": ["a.yml"]},
            "services.web.compose.service: should be the name that the application has in files",
        ),
        ({"files": ["a.yml"], "service": "web-{color}"}, "services.web.compose.service: should be the name"),
        ({"service": "web"}, "services.web.compose.service: should contain {color}"),
        ({"files": "a.yml", "service": "web"}, "services.web.compose.files: should be a list"),
    ],
)
def test_colours_are_derived_from_files_or_have_their_own(compose: dict[str, Any], complaint: str) -> None:
    wrong = values()
    wrong["services"]["web"]["compose"] = compose

    with pytest.raises(ConfigError) as refused:
        config_file.parse(wrong)
    assert refused.value.what.splitlines()[0].startswith(complaint)


def test_ports_are_needed_where_colours_are_not_derived() -> None:
    wrong = values()
    del wrong["services"]["web"]["ports"]
    derived = values()
    del derived["services"]["web"]["ports"]
    derived["services"]["web"]["compose"] = {"files": ["docker-compose.yml"], "service": "web"}

    with pytest.raises(ConfigError, match=r"services\.web\.ports: is missing"):
        config_file.parse(wrong)
    assert config_file.parse(derived).services["web"].ports is None


@pytest.mark.parametrize("name", ["Web", "../web", "a b", "-web", ""])
def test_a_service_name_that_could_not_be_a_file_name_is_refused(name: str) -> None:
    wrong = values()
    wrong["services"][name] = wrong["services"].pop("web")

    with pytest.raises(UsageError, match="is refused"):
        config_file.parse(wrong)


def test_a_folder_or_a_nest_without_end_is_refused_as_well(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot read"):
        config_file.load(tmp_path)
    (tmp_path / "deep.toml").write_text("a = " + "[" * 10_000)
    with pytest.raises(ConfigError, match="is not TOML"):
        config_file.load(tmp_path / "deep.toml")


@pytest.mark.parametrize(("text", "complaint"), [(None, "there is no config file"), ("a = [", "is not TOML")])
def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, text: str | None, complaint: str) -> None:
    path = tmp_path / "bluegreen.toml"
    if text is not None:
        path.write_text(text)

    with pytest.raises(ConfigError, match=complaint) as refused:
        config_file.load(path)

    assert str(path) in str(refused.value)


def test_unknown_services_are_answered_with_the_known_ones() -> None:
    with pytest.raises(UsageError, match="Known services: web") as refused:
        config_file.service_of(config_file.parse(values()), "wbe")

    assert "'wbe'" in refused.value.what


def test_statuses_may_be_ranges_and_single_ones() -> None:
    health = HealthSettings(status="200-204,301")

    assert [health.accepts(status) for status in (200, 204, 205, 301, 302)] == [True, True, False, True, False]


def test_what_one_service_would_write_over_another_s_is_refused() -> None:
    def two(more: str = "", **changed: str) -> None:
        other = (GOOD + more).replace("services.web", "services.api")
        for there, instead in changed.items():
            other = other.replace(there, instead)
        config_file.parse(tomllib.loads(GOOD + more + other))

    with pytest.raises(ConfigError, match="services.api and services.web have the proxy file .*upstream.inc"):
        two()
    two(upstream="api")
    two(app="other")
