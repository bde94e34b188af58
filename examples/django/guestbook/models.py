"""What the guestbook keeps."""

from django.db import models


class Entry(models.Model):
    """What somebody wrote."""

    text = models.TextField()
    # The default is the database's own: while both versions run, the old one inserts rows without this column.
    author = models.TextField(db_default="")
    written = models.DateTimeField(auto_now_add=True)
