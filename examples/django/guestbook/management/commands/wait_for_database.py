from config.database import wait_for_database
from django.core.management.base import BaseCommand


class Command(BaseCommand):
    """`manage.py wait_for_database`, for what runs before any colour does."""

    help = "Return when PostgreSQL lets us in."
    requires_system_checks = []

    def handle(self, *args, **options):
        wait_for_database()
