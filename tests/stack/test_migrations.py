"""Migrations run once for a release, before it starts; when they fail, users notice nothing."""

import re
from collections.abc import Iterator

import pytest

from bluegreen.deployment.states import Phase, State
from tests.stack.site import Site

pytestmark = [pytest.mark.docker, pytest.mark.timeout(120)]

FAILING = """
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("guestbook", "0002_entry_author")]
    operations = [
        migrations.RunSQL("create table reached (id integer)"),
        migrations.RunSQL("alter table no_such_table add column x integer"),
    ]
    atomic = False
"""


DROPPING = """
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("guestbook", "0002_entry_author")]
    operations = [migrations.RemoveField("entry", "author")]
"""


@pytest.fixture
def dropped(site: Site) -> Iterator[Site]:
    """The next release has no column `author` any more, which the live one reads; afterwards it is there again."""
    site.deploy_well("with-author")
    migration, models = (site.folder / "guestbook" / each for each in ("migrations/0003_drop.py", "models.py"))
    before = models.read_text()
    migration.write_text(DROPPING)
    models.write_text(re.sub(r".*author = .*\n", "", before))
    yield site
    migration.unlink()
    models.write_text(before)
    site.configure()
    site.sql("alter table guestbook_entry add column if not exists author text not null default ''")
    site.sql("delete from django_migrations where app = 'guestbook' and name = '0003_drop'")


def columns(site: Site) -> str:
    return site.sql("select column_name from information_schema.columns where table_name = 'guestbook_entry'")


def test_a_column_that_is_dropped_too_early_is_seen_before_any_switch_and_comes_back(dropped: Site) -> None:
    before = dropped.answers()
    back = '["python", "manage.py", "migrate", "guestbook", "0002"]'
    dropped.configure({"timeout = 300": f"timeout = 300\nback = {back}"})

    status, deployment = dropped.deploy("without-author")

    assert (status, deployment.state, deployment.started) == (1, State.ROLLED_BACK, False), deployment
    assert deployment.error is not None and deployment.error.what == "the migrations broke the live version"
    assert "the health check gets 500" in deployment.error.saw
    assert "migrate.back has undone them, and the live version answers as before" in deployment.error.advice
    assert dropped.answers() == before and "author" in columns(dropped)


def test_one_that_is_dropped_all_the_same_goes_live_with_the_version_that_does_not_read_it(dropped: Site) -> None:
    status, deployment = dropped.deploy("contracted", "--override-live-check", "nobody is there at night")

    assert status == 0, f"{deployment}\n{dropped.worker_log()}"
    assert "author" not in columns(dropped) and dropped.live()[1] == "contracted"
    assert deployment.warnings and "nobody is there at night" in deployment.warnings[-1]


def test_a_release_is_migrated_once_and_not_by_its_containers(site: Site) -> None:
    deployment = site.deploy_well("migrated")

    assert deployment.migrated
    assert "Running migrations" not in site.color(deployment.to_color).logs().decode()
    names = site.engine.containers.list(all=True, ignore_removed=True)
    left = [each.name for each in names if f"{site.name}-" in (each.name or "")]
    assert not [name for name in left if "migrate" in name]


def test_a_failing_migration_stops_the_release_and_leaves_the_database_as_it_was_reached(site: Site) -> None:
    before, lives = site.answers(), site.lives()
    migration = site.folder / "guestbook" / "migrations" / "0003_failing.py"
    migration.write_text(FAILING)
    try:
        with site.load(site.outer) as load:
            status, deployment = site.deploy("failing")
    finally:
        migration.unlink()

    assert (status, deployment.state, deployment.started) == (1, State.ROLLED_BACK, False)
    assert deployment.error is not None and deployment.error.phase is Phase.DEPLOY_NEW_VERSION
    assert 'relation "no_such_table" does not exist' in deployment.error.saw
    assert "The database stays as far as they got" in deployment.error.advice
    assert load.dropped() == []
    assert (site.answers(), site.lives()) == (before, lives)
    assert "reached" in site.sql("select relname from pg_class where relname = 'reached'")

    site.sql("drop table reached")
    site.deploy_well("fixed-migration")
