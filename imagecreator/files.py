"""Files that belong to rows: they go when their row goes, however it is deleted (page, admin, cascade)."""

from __future__ import annotations

from typing import Any

from django.db import models, transaction
from django.db.models.signals import post_delete


def delete_with_row(model: type[models.Model], field: str = "file") -> None:
    """Delete the file of ``field`` once the deletion of a row of ``model`` is committed."""

    def delete_file(instance: models.Model, **_: Any) -> None:
        file = getattr(instance, field)
        if file:
            transaction.on_commit(lambda: file.storage.delete(file.name))

    post_delete.connect(delete_file, sender=model, weak=False, dispatch_uid=f"file of {model._meta.label}")
