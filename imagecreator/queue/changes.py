"""What people and operators do to a row: queue it, try again, cancel, release; and the bells that go with it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils import timezone

from imagecreator.celery import ring
from imagecreator.queue.job import CLEAN
from imagecreator.queue.models import Turn
from imagecreator.queue.states import State

if TYPE_CHECKING:
    from imagecreator.queue.job import Job

FRESH: dict[str, Any] = {"worker": "", "lease_until": None, "started_at": None, **CLEAN}


def enqueue(row: Job) -> None:
    """Wake a worker for a row that has just been written as ``queued``."""
    ring(row.bell, row.lane)


def ring_for_more(model: type[Job]) -> None:
    """Wake a worker once more where rows still wait: a bell may have been lost, and each is good for one batch."""
    if Turn.objects.filter(kind=model.kind(), waiting=True).exists():
        ring(model.bell, model.lane)


@transaction.atomic
def retry(row: Job) -> bool:
    """Put a failed or cancelled row back in the queue with fresh attempts; False where it is in another state."""
    ended = type(row)._default_manager.filter(pk=row.pk, state__in=(State.FAILED, State.CANCELLED))
    fresh = {**FRESH, "attempt": 0, "cancel_requested": False, "queued_at": timezone.now()}
    if not ended.update(state=State.QUEUED, **fresh):
        return False
    Turn.objects.wait(row.kind(), [row.person_id])
    enqueue(row)
    return True


def cancel(row: Job) -> bool:
    """End a waiting row at once, or ask the worker that has it to stop; False where it has ended already."""
    rows = type(row)._default_manager.filter(pk=row.pk)
    for _ in range(2):  # between two statements it may have gone back to the queue
        if rows.filter(state=State.QUEUED).update(state=State.CANCELLED, finished_at=timezone.now()):
            return True
        if rows.filter(state=State.RUNNING).update(cancel_requested=True):
            return True
    return False


def release(row: Job) -> bool:
    """End a held row as done, once a moderator has decided; False where it is not held."""
    return bool(type(row)._default_manager.filter(pk=row.pk, state=State.HELD).update(state=State.DONE))
