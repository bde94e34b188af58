from config.database import wait_for_database
from django.core.management.commands.migrate import Command as Migrate


class Command(Migrate):
    """`manage.py migrate_once`: Django's migrate, once PostgreSQL lets us in. For bluegreen."""

    requires_system_checks = []

    def handle(self, *args, **options):
        wait_for_database()
        super().handle(*args, **options)
