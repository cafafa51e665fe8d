"""Files that belong to rows: they go when their row goes, however it is deleted, and when it never comes to be.

Before a file is written, and with the deletion of its row, its name goes into a list (see ``LooseFile``). Whoever is
killed in between leaves it there, and a worker's parent clears up.
"""

from __future__ import annotations

import logging
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.db import Error as DatabaseProblem
from django.db import models, transaction
from django.db.models.signals import post_delete
from django.utils import timezone

from imagecreator.errors import ExpectedError
from imagecreator.files.models import LooseFile

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

logger = logging.getLogger(__name__)

WRITING = timedelta(days=1)  # nobody needs longer to write a file and then its row
DELETING = timedelta(minutes=1)
AGAIN = timedelta(minutes=10)  # after a storage did not answer
AT_ONCE = 200  # files that one look clears up


def delete_with_row(model: type[models.Model]) -> None:
    """Delete the ``file`` of a row of ``model`` once the row's deletion is committed."""

    def delete_file(instance: models.Model, **_: Any) -> None:
        if instance.file:  # type: ignore[attr-defined]
            let_go(instance)

    post_delete.connect(delete_file, sender=model, weak=False, dispatch_uid=f"file of {model._meta.label}")


def let_go(row: models.Model) -> None:
    """Delete the ``file`` that ``row`` names once the transaction is committed, if the stored row names it no more."""
    loose = LooseFile.objects.create(**_who(row), due=timezone.now() + DELETING)
    transaction.on_commit(lambda: _settle([loose]))


@contextmanager
def kept_with_rows(rows: Sequence[models.Model], by: object = "") -> Iterator[None]:
    """Delete the files of new ``rows`` where the block fails, also the one whose writing broke off in the middle.

    Their names must follow from the rows alone: an ``upload_to`` that does not read the file's name, or a name that the
    row has already. ``by`` is the lease under which they are written. Not to be used inside a transaction, which would
    take back what is written down here.
    """
    due = timezone.now() + WRITING
    loose = LooseFile.objects.bulk_create([LooseFile(**_who(row), by=str(by), due=due) for row in rows])
    try:
        yield
    except DatabaseProblem:  # nobody knows whether the rows were committed: who looks later will
        raise
    except BaseException:
        _settle(loose)
        raise
    _forget(loose)


def sweep_files() -> int:
    """Clear up after processes that were killed and storages that did not answer; return how many files were looked at.

    A file without a row is deleted, one with a row is kept.
    """
    due = LooseFile.objects.filter(due__lt=timezone.now()).order_by("due")[:AT_ONCE]
    return _settle(due)


def sweep_after(lease: object) -> None:
    """Delete what was written under a lease that was lost.

    Its names stay in the list until their time: the worker may be slow instead of dead, and write once more.
    """
    for loose in LooseFile.objects.filter(by=str(lease)):
        if not _has_row(loose):
            _delete(loose)


def _who(row: models.Model) -> dict[str, str]:
    file: Any = row.file  # type: ignore[attr-defined]
    name = file.name or file.field.generate_filename(row, "")
    return {"name": name, "model": row._meta.label_lower, "row": str(row.pk)}


def _settle(files: Iterable[LooseFile]) -> int:
    """Delete those without a row, and strike all from the list; a storage that does not answer is asked again later."""
    seen = list(files)
    try:
        kept = [loose for loose in seen if not _has_row(loose) and not _delete(loose)]
        LooseFile.objects.filter(pk__in=[loose.pk for loose in kept]).update(due=timezone.now() + AGAIN)
    except DatabaseProblem as problem:
        logger.warning("could not clear up %d files, it is tried again: %s", len(seen), problem)
        return 0
    _forget([loose for loose in seen if loose not in kept])
    return len(seen)


def _forget(files: Iterable[LooseFile]) -> None:
    try:
        LooseFile.objects.filter(pk__in=[loose.pk for loose in files]).delete()
    except DatabaseProblem as problem:  # the next sweep sees that nothing is to be done
        logger.warning("the list of loose files could not be written: %s", problem)


def _has_row(loose: LooseFile) -> bool:
    rows = apps.get_model(loose.model)._default_manager
    return bool(rows.filter(pk=loose.row, file=loose.name).exists())


def _delete(loose: LooseFile) -> bool:
    """Whether the storage did it."""
    try:
        apps.get_model(loose.model)._meta.get_field("file").storage.delete(loose.name)
    except ExpectedError as problem:
        logger.error("the file %s is left over, it is deleted later: %s", loose.name, problem.problem.what)
        return False
    return True
