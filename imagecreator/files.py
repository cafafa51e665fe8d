"""Files that belong to rows: they go when their row goes, however it is deleted, and when it never comes to be."""

from __future__ import annotations

import logging
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from django.db import models, transaction
from django.db.models.signals import post_delete

from imagecreator.errors import ExpectedError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from django.core.files.storage import Storage

logger = logging.getLogger(__name__)


def delete_with_row(model: type[models.Model], field: str = "file") -> None:
    """Delete the file of ``field`` once the deletion of a row of ``model`` is committed."""

    def delete_file(instance: models.Model, **_: Any) -> None:
        file = getattr(instance, field)
        if file:
            transaction.on_commit(lambda: _delete(file.storage, file.name))

    post_delete.connect(delete_file, sender=model, weak=False, dispatch_uid=f"file of {model._meta.label}")


@contextmanager
def kept_with_rows(rows: Sequence[models.Model], field: str = "file") -> Iterator[None]:
    """Delete the files of new ``rows`` where the block fails, also the one whose writing broke off in the middle.

    Their names must follow from the rows alone: an ``upload_to`` that does not read the file's name.
    """
    try:
        yield
    except BaseException:
        for row in rows:
            file: Any = getattr(row, field)
            _delete(file.storage, file.name or file.field.generate_filename(row, ""))
        raise


def _delete(storage: Storage, name: str) -> None:
    """Delete a file; where the storage does not answer, say which one is left over."""
    try:
        storage.delete(name)
    except ExpectedError as problem:
        logger.error("the file %s is left over, its row is gone: %s", name, problem.problem.what)
