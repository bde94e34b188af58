"""A service is taken out of `docker compose up` by as few lines as can be."""

import pytest

from bluegreen.deployment.errors import UsageError
from cli.adopt.compose_edit import dependents, included, without

pytestmark = pytest.mark.unit

FILE = """# the shop
name: shop
services:
  # users meet it
  web:            # port 8000
    image: web   # built elsewhere
    depends_on:
      - db
  worker:
    image: web
    depends_on:
      - web      # it migrates
      - db
  "nginx":
    depends_on: [web]
  cron:
    depends_on:
      web:
        condition: service_healthy
      db: {condition: service_started}
  db:
    image: postgres

volumes:
  web:
"""
WANTED = """# the shop
name: shop
services:
  # users meet it
  web:            # port 8000
    profiles: [adopted-by-bluegreen]
    image: web   # built elsewhere
    depends_on:
      - db
  worker:
    image: web
    depends_on:
      web:      # it migrates
        condition: service_started
        required: false
      db:
        condition: service_started
  "nginx":
    depends_on:
      web:
        condition: service_started
        required: false
  cron:
    depends_on:
      web:
        required: false
        condition: service_healthy
      db: {condition: service_started}
  db:
    image: postgres

volumes:
  web:
"""


def test_comments_and_form_stay() -> None:
    assert without(FILE, ["web"]) == WANTED


def test_whose_containers_compose_will_replace_is_known_before() -> None:
    assert dependents(FILE, ["web"]) == ["worker", "nginx", "cron"]
    assert dependents(WANTED, ["web"]) == []


def test_a_second_time_changes_nothing() -> None:
    assert without(WANTED, ["web"]) == WANTED


def test_line_ends_stay() -> None:
    assert without(FILE.replace("\n", "\r\n"), ["web"]) == WANTED.replace("\n", "\r\n")


def test_a_file_without_the_service_stays_but_for_those_that_need_it() -> None:
    assert without("services:\n  db:\n    image: x\n", ["web"]) == "services:\n  db:\n    image: x\n"
    assert "required: false" in without("services:\n  a:\n    depends_on: [web]\n", ["web"])
    assert without("volumes:\n  web:\n", ["web"]) == "volumes:\n  web:\n"


@pytest.mark.parametrize(
    "text",
    [
        "services: {web: {image: x}}\n",
        "services:\n  web: {image: x}\n",
        "services:\n  web:\n    image: x\n  a:\n    depends_on: {web: {condition: service_started}}\n",
    ],
)
def test_what_is_not_written_line_by_line_is_for_a_person(text: str) -> None:
    with pytest.raises(UsageError, match="line by line"):
        without(text, ["web"])


@pytest.mark.parametrize(
    "text",
    [
        "include: [app/compose.yml, 'db.yml']\nservices: {}\n",
        "include:\n  - app/compose.yml  # ours\n  - path: db.yml\n    project_directory: .\nservices: {}\n",
        'include:\n- path: "app/compose.yml"\n- path:\n    - db.yml\n',
    ],
)
def test_files_that_are_included_are_known(text: str) -> None:
    assert set(included(text)) >= {"app/compose.yml", "db.yml"}


def test_a_file_that_includes_none_says_so() -> None:
    assert included("services:\n  web: {image: a}\n") == []


def test_what_belongs_to_the_release_is_hidden_together_and_the_rest_does_without() -> None:
    text = "services:\n  web:\n    image: x\n  worker:\n    image: x\n    depends_on: [web]\n" + (
        "  flower:\n    depends_on: [worker]\n"
    )

    new = without(text, ["web", "worker"])

    assert new.count("profiles: [adopted-by-bluegreen]") == 2 and new.count("required: false") == 2
    assert dependents(text, ["web", "worker"]) == ["flower"]
    assert without(new, ["web", "worker"]) == new
