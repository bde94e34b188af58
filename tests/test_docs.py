"""The docs say what is: every command, every setting, and the example config."""

import inspect
import re
import tomllib
from pathlib import Path

import click
import pytest
from celery import Task

from bluegreen.deployment.notification import Kind
from bluegreen.deployment.record import Deployment, now
from bluegreen.deployment.states import DEPLOY_PHASES, UNDO_PHASES, Color, Phase
from bluegreen.settings import config_file
from bluegreen.settings.notifications import variables
from bluegreen.store import keys
from cli.exits import ExitStatus
from cli.looking import releases
from cli.looking.metrics import gauge_of_maintenances, gauge_of_workers, metrics_of_counts
from cli.main import COMMANDS, bluegreen
from compose.project.commands import variables as compose_variables
from nginx.logs import access_log
from tasks.deploy.health_check import POLL
from tasks.migrations import IRREVERSIBLE
from tests.here import HERE
from workflows.calls import request_abort, request_deploy, request_promote, request_status

pytestmark = pytest.mark.unit

ROOT = Path(__file__).parent.parent
EXAMPLE = ROOT / "examples" / "django"
README = (ROOT / "README.md").read_text(encoding="utf-8")
REFERENCE = (ROOT / "docs" / "commands.md").read_text(encoding="utf-8")
OWN_PROJECT = (ROOT / "docs" / "own-project.md").read_text(encoding="utf-8")
ARCHITECTURE = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("command", sorted(COMMANDS))
def test_every_command_is_in_the_table(command: str) -> None:
    table = "\n".join(re.findall(r"^\|.*$", REFERENCE, re.M))
    assert re.search(rf"`(bluegreen )?{command}\b", table), f"docs/commands.md does not mention {command}"


@pytest.mark.parametrize("text", [README, REFERENCE], ids=["README.md", "commands.md"])
def test_every_command_of_the_first_pages_exists(text: str) -> None:
    mentioned = set(re.findall(r"bluegreen ([a-z]+)\b", "\n".join(re.findall(r"`[^`]+`|^    .*$", text, re.M))))
    assert mentioned and mentioned <= set(COMMANDS)


def test_the_readme_is_one_screen() -> None:
    assert len(README.splitlines()) <= 65


@pytest.mark.parametrize(
    "file", [*sorted((ROOT / "docs").glob("*.md")), EXAMPLE / "README.md", EXAMPLE / "Jenkinsfile"]
)
def test_every_command_and_option_that_is_written_of_exists(file: Path) -> None:
    text = file.read_text(encoding="utf-8").replace("tell('", "bluegreen('")
    for name, rest in re.findall(r"\bbluegreen\W{1,2}([a-z]+)\b([^\n`]*)", text):
        command = bluegreen.get_command(click.Context(bluegreen), name)
        commands = [command, *getattr(command, "commands", {}).values()] if command else []
        known = {spelling for each in commands for parameter in each.params for spelling in parameter.opts}
        assert set(re.findall(r"--[a-z-]+", rest)) <= known, f"{file.name}: bluegreen {name}{rest}"


def test_the_picture_of_flower_shows_the_phases_in_the_order_of_today() -> None:
    shown = (ROOT / "docs" / "flower.txt").read_text(encoding="utf-8").split()
    until = DEPLOY_PHASES[: DEPLOY_PHASES.index(Phase.HEALTH_CHECK) + 1]
    assert shown == [*(f"deploy.{each}" for each in until), *(f"undo.{each}" for each in UNDO_PHASES)], (
        "make screenshots takes it anew"
    )


@pytest.mark.parametrize("task", [request_deploy, request_abort, request_promote, request_status])
def test_the_flower_page_tells_every_request_and_its_names(task: Task) -> None:
    page = (ROOT / "docs" / "flower.md").read_text(encoding="utf-8")
    row = re.search(rf"^\| `{task.name}` \|(.*?)\|", page, re.M)
    assert row is not None
    assert set(re.findall(r"`([a-z_]+)`", row[1])) == set(inspect.signature(task.run).parameters) - {"self"}


def test_the_page_of_the_configuration_tells_every_variable_of_a_compose_file() -> None:
    page = (ROOT / "docs" / "configuration.md").read_text(encoding="utf-8")
    ours = {name for name in compose_variables(Color.BLUE) if name.startswith("BLUEGREEN_")}
    assert set(re.findall(r"^\| `(BLUEGREEN_[A-Z]+)` \|", page, re.M)) == ours


def test_the_table_has_every_exit_status() -> None:
    assert {int(status) for status in re.findall(r"^\| (\d) \|", REFERENCE, re.M)} == set(ExitStatus)


def test_the_page_of_notifications_tells_every_kind_variable_and_metric() -> None:
    page = (ROOT / "docs" / "notifications.md").read_text(encoding="utf-8")
    deployment = Deployment(
        id="web-1-aa", service="web", installation=HERE.id, requested_by="ann", requested_at=now(), generation=1
    )
    families = [*metrics_of_counts([]), gauge_of_workers({}), gauge_of_maintenances({})]
    for name in [*Kind, *variables(deployment, Kind.STARTED), *(family.name for family in families)]:
        assert re.search(rf"`{name}(_total)?`", page), f"docs/notifications.md does not tell of {name}"


@pytest.mark.parametrize("page", ["README.md", "CONTRIBUTING.md"])
def test_every_make_target_that_is_written_of_exists(page: str) -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = re.findall(r"^    make ([a-z-]+)", (ROOT / page).read_text(encoding="utf-8"), re.M)
    assert "test" in targets
    for target in targets:
        assert re.search(rf"^{target}:", makefile, re.M), target


def test_the_config_of_a_project_of_one_s_own_is_a_good_one() -> None:
    block = re.search(r"(?:^    .*\n|^\n)*^    \[services\.web\]\n(?:^    .*\n|^\n)*", OWN_PROJECT, re.M)
    assert block is not None
    config = config_file.parse(tomllib.loads(re.sub(r"^    ", "", block[0], flags=re.M)))
    assert set(config.services) == {"web"}


def test_the_page_of_releases_shows_the_table_and_the_mark_as_they_are() -> None:
    page = (ROOT / "docs" / "releases.md").read_text(encoding="utf-8")
    (head,) = re.findall(r"^    (release  .*)$", page, re.M)
    assert re.split(" {2,}", head) == list(releases.COLUMNS)
    migrations = (ROOT / "docs" / "migrations.md").read_text(encoding="utf-8")
    assert f"    {IRREVERSIBLE}\n" in migrations and f'print("{IRREVERSIBLE}")' in migrations


def test_the_changelog_has_the_version_of_the_package() -> None:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    released = re.findall(r"^## ([\d.]+), \d{4}-\d\d-\d\d$", (ROOT / "CHANGELOG.md").read_text("utf-8"), re.M)
    assert released[:1] == [version]


def test_the_docs_tell_how_often_the_health_check_asks() -> None:
    for page in ("configuration.md", "moving-from-jenkins.md"):
        assert re.search(rf"\b{POLL * 1000:g} ms\b", (ROOT / "docs" / page).read_text(encoding="utf-8")), page


def test_the_log_format_of_the_docs_tells_all_that_a_receipt_can_use() -> None:
    receipt = (ROOT / "docs" / "receipt.md").read_text(encoding="utf-8")
    (format,) = re.findall(r"log_format timed '(.*)';", receipt)
    useful = re.findall(r"^\| `\$(\w+)` \|", receipt, re.M)

    assert len(useful) == 5 and set(useful) <= set(access_log.variables(format))
    for file in ("nginx/templates/nginx.conf.j2", "examples/django/nginx/default.conf"):
        assert f"log_format timed '{format}';" in (ROOT / file).read_text(encoding="utf-8")


def test_every_redis_key_has_its_row() -> None:
    page = (ROOT / "docs" / "redis-keys.md").read_text("utf-8")
    for key in (
        keys.deployment("{id}"),
        keys.events("{id}"),
        keys.lease("{id}"),
        keys.service("{installation}", "{name}"),
        keys.history("{installation}", "{name}"),
        keys.schedule_cursor("{installation}", "{name}"),
        keys.notifications("{installation}", "{name}"),
        keys.sender("{installation}", "{name}"),
        keys.counters("{installation}", "{name}"),
        keys.maintenance("{installation}", "{name}"),
        keys.owners(),
        keys.workers(),
        keys.beat("{installation}"),
        keys.queue("{installation}"),
        keys.requests("{installation}", "{kind}"),
        keys.answer("{kind}", "{request}"),
        keys.calls(),
    ):
        assert f"`{key.removeprefix(keys.PREFIX)}`" in page


def test_every_room_and_phase_is_in_the_architecture() -> None:
    for phase in Phase:
        assert phase in ARCHITECTURE
    for room in ("workflows", "tasks", "compose", "nginx", "bluegreen", "cli"):
        assert f"`{room}/`" in ARCHITECTURE


@pytest.mark.parametrize("folder", ["cli", "docs", "examples"])
def test_nobody_is_sent_to_a_package_index_for_this_package(folder: str) -> None:
    for file in (ROOT / folder).rglob("*"):
        if file.suffix in (".py", ".md"):
            assert not re.search(r"pip install\W+bluegreen\b", file.read_text(encoding="utf-8")), file


def test_no_package_host_stands_in_a_file_of_dependencies() -> None:
    for file in ("constraints.txt", "pyproject.toml"):
        assert "://" not in (ROOT / file).read_text(encoding="utf-8")
