"""Which files may have no row: written down before the file is, so that a killed process leaves nothing unknown."""

from __future__ import annotations

from django.db import models


class LooseFile(models.Model):
    """A file whose row is still to come, or is gone. Whoever looks at it once it is ``due`` decides by the row.

    Before ``until`` somebody may still write the file, so it is looked at once more then. ``by`` names the lease under
    which it is written, if any: when that is lost, nobody can write the row any more.
    """

    name = models.CharField(max_length=200)
    model = models.CharField(max_length=60)  # label of the row's model
    row = models.CharField(max_length=40)  # its key
    by = models.CharField(max_length=120, blank=True, db_index=True)
    due = models.DateTimeField(db_index=True)
    until = models.DateTimeField()

    def __str__(self) -> str:
        return self.name
