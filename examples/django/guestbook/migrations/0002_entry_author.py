"""Expand: a column that the release before this one need not know.

Rename or drop one only in a later release, when no version that uses it can come back (contract).
"""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("guestbook", "0001_initial")]
    operations = [migrations.AddField("entry", "author", models.TextField(db_default=""))]
