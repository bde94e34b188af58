"""Migrations run once for a release, before it starts; when they fail, users notice nothing."""

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
