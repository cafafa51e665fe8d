"""Files that belong to rows: they go when their row goes, however it is deleted, and when it never comes to be.

Before a file is written, and with the deletion of its row, its name goes into a list (see ``LooseFile``). Whoever is
killed in between leaves it there, and a worker's parent clears up.
"""

from __future__ import annotations

import logging
from contextlib import contextmanager
from datetime import timedelta
from time import monotonic
from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.db import Error as DatabaseProblem
from django.db import InterfaceError, InternalError, OperationalError, models, transaction
from django.db.models import F
from django.db.models.signals import post_delete
from django.utils import timezone

from imagecreator.errors import ExpectedError
from imagecreator.files.models import LooseFile

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

logger = logging.getLogger(__name__)

WRITING = timedelta(days=1)  # nobody needs longer to write a file and then its row
DELETING = timedelta(minutes=1)
AGAIN = timedelta(minutes=10)  # after a storage did not answer; and so late may a write that broke off still arrive
AT_ONCE = 200  # files that one look clears up
_refused = {"at": float("-inf")}  # when the storage last did not answer this process


def delete_with_row(model: type[models.Model]) -> None:
    """Delete the ``file`` of a row of ``model`` once the row's deletion is committed."""

    def delete_file(instance: models.Model, **_: Any) -> None:
        if instance.file:  # type: ignore[attr-defined]
            let_go(instance)

    post_delete.connect(delete_file, sender=model, weak=False, dispatch_uid=f"file of {model._meta.label}")


def let_go(row: models.Model) -> None:
    """Delete the ``file`` that ``row`` names once the transaction is committed, if the stored row names it no more."""
    now = timezone.now()
    loose = _entry(row, due=now + DELETING, until=now)
    loose.save()
    transaction.on_commit(lambda: None if _is_away() else _settle([loose]))


@contextmanager
def kept_with_rows(rows: Sequence[models.Model], by: object = "") -> Iterator[None]:
    """Delete the files of new ``rows`` where the block fails, also the one whose writing broke off in the middle.

    Where the database fails, nobody knows whether the rows were committed: the files wait until that can be seen.
    Names must follow from the rows alone: an ``upload_to`` that does not read the file's name, or a name that the row
    has already. ``by`` is the lease under which they are written. Not to be used inside a transaction, which would take
    back what is written down here.
    """
    late = timezone.now() + WRITING
    with transaction.atomic(durable=True):
        loose = LooseFile.objects.bulk_create([_entry(row, by=str(by), due=late, until=late) for row in rows])
    try:
        yield
    except (OperationalError, InterfaceError, InternalError):
        raise
    except BaseException:
        _settle(loose, until=timezone.now() + AGAIN)
        raise
    _strike(loose)


def sweep_files() -> int:
    """Clear up after processes that were killed and storages that did not answer; return how many files were looked at.

    A file without a row is deleted, one with a row is kept.
    """
    return _settle(list(LooseFile.objects.filter(due__lt=timezone.now()).order_by("due")[:AT_ONCE]))


def give_up(lease: object) -> None:
    """What was written under a lease that was lost is due, and once more later: the worker may only be slow."""
    LooseFile.objects.filter(by=str(lease)).update(due=timezone.now())


def _entry(row: models.Model, **when: Any) -> LooseFile:
    file: Any = row.file  # type: ignore[attr-defined]
    name = file.name or file.field.generate_filename(row, "")
    return LooseFile(name=name, model=row._meta.label_lower, row=str(row.pk), **when)


def _settle(files: Sequence[LooseFile], until: datetime | None = None) -> int:
    """Delete those without a row and strike what is settled; return how many were looked at.

    Where the storage does not answer, the rest waits for another time. ``until`` is a new one for all.
    """
    now = timezone.now()
    settled, once_more, again = list[LooseFile](), list[LooseFile](), list[LooseFile]()
    try:
        if until:
            LooseFile.objects.filter(pk__in=[loose.pk for loose in files]).update(until=until, due=until)
        for number, loose in enumerate(files):
            try:
                deleted = _delete(loose)
            except ExpectedError as problem:
                logger.error("the file %s is left over, it is deleted later: %s", loose.name, problem.problem.what)
                again += files[number:]
                _refused["at"] = monotonic()
                break
            except DatabaseProblem:
                raise
            except Exception:  # one file that cannot be deleted keeps no other
                logger.exception("the file %s is left over, it is tried again later", loose.name)
                again.append(loose)
            else:
                (once_more if deleted and (until or loose.until) > now else settled).append(loose)
        LooseFile.objects.filter(pk__in=[loose.pk for loose in once_more]).update(due=F("until"))
        LooseFile.objects.filter(pk__in=[loose.pk for loose in again]).update(due=now + AGAIN)
    except DatabaseProblem as problem:
        logger.warning("could not clear up %d files, it is tried again: %s", len(files), problem)
        return 0
    _strike(settled)
    return len(files)


def _is_away() -> bool:
    """Whether the storage has just refused: nobody shall wait for it file by file."""
    return monotonic() - _refused["at"] < DELETING.total_seconds()


def _delete(loose: LooseFile) -> bool:
    """Delete the file unless it has its row; whether it did."""
    model = apps.get_model(loose.model)
    if model._default_manager.filter(pk=loose.row, file=loose.name).exists():
        return False
    model._meta.get_field("file").storage.delete(loose.name)
    return True


def _strike(files: Sequence[LooseFile]) -> None:
    try:
        LooseFile.objects.filter(pk__in=[loose.pk for loose in files]).delete()
    except DatabaseProblem as problem:  # the next sweep sees that nothing is to be done
        logger.warning("the list of loose files could not be written: %s", problem)
