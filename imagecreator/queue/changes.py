"""What people and operators do to a row: queue it, try again, cancel, release; and the bells that go with it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils import timezone

from imagecreator.celery import ring
from imagecreator.queue.job import FRESH
from imagecreator.queue.models import Turn, Worker
from imagecreator.queue.states import State

if TYPE_CHECKING:
    from uuid import UUID

    from django.db.models import QuerySet

    from imagecreator.errors import ExpectedError
    from imagecreator.queue.job import Job

ENDED_BADLY = (State.FAILED, State.CANCELLED)
HELD_FIRST = "held_words"  # the error of a row that is held before anything is done for it
AT_ONCE = 1000  # keys in one statement: databases have a limit


def enqueue(row: Job) -> None:
    """Wake a worker for a row that has just been written as ``queued``."""
    ring(row.bell, row.lane)


def ring_for_more(model: type[Job]) -> None:
    """Wake a worker once more where rows still wait: a bell may have been lost, and each is good for one batch."""
    if Turn.objects.filter(kind=model.kind(), waiting=True).exists():
        ring(model.bell, model.lane)


def retry(row: Job) -> bool:
    """Put a failed or cancelled row back in the queue with fresh attempts; False where it is in another state."""
    return bool(retry_all(type(row)._default_manager.filter(pk=row.pk)))


def retry_all(rows: QuerySet[Any]) -> int:
    """Put the failed and cancelled rows among these back in the queue, and wake as many workers as they can keep busy.

    Return how many. Every person's rows are one transaction, which holds no other person's turn.
    """
    model: type[Job] = rows.model
    ended: dict[int, list[UUID]] = {}
    for pk, person in rows.filter(state__in=ENDED_BADLY).order_by("queued_at", "pk").values_list("pk", model.OWNER):
        ended.setdefault(person, []).append(pk)
    queued = sum(_retry_of(model, person, keys) for person, keys in ended.items())
    for _ in range(min(queued, max(1, Worker.objects.alive(model.lane).count()))):
        ring(model.bell, model.lane)
    return queued


@transaction.atomic
def _retry_of(model: type[Job], person: int, keys: list[UUID]) -> int:
    fresh = {**FRESH, "attempt": 0, "spared": 0, "cancel_requested": False, "queued_at": timezone.now()}
    queued = 0
    for first in range(0, len(keys), AT_ONCE):
        some = model._default_manager.filter(pk__in=keys[first : first + AT_ONCE])
        if anew := some.filter(state__in=ENDED_BADLY).update(state=State.QUEUED, **fresh):
            model.begin_anew(some.filter(state=State.QUEUED))
            queued += anew
    if queued:
        Turn.objects.wait(model.kind(), [person])
    return queued


def cancel(row: Job) -> bool:
    """End a waiting row at once, or ask the worker that has it to stop; False where it has ended already.

    One that is held before anything was done for it waits, too.
    """
    rows = type(row)._default_manager.filter(pk=row.pk)
    for _ in range(2):  # between two statements it may have gone back to the queue
        if rows.filter(state=State.QUEUED).update(state=State.CANCELLED, finished_at=timezone.now()):
            return True
        if rows.filter(state=State.RUNNING).update(cancel_requested=True):
            return True
        if rows.filter(state=State.HELD, error=HELD_FIRST).update(state=State.CANCELLED, error="", error_values={}):
            return True
    return False


def hold(row: Job, why: ExpectedError) -> bool:
    """Let a waiting row wait for a moderator instead; False where it does not wait."""
    held = {"state": State.HELD, "finished_at": timezone.now(), "error": why.code, "error_values": why.values}
    return bool(type(row)._default_manager.filter(pk=row.pk, state=State.QUEUED).update(**held))


def let_wait(row: Job, **fields: Any) -> bool:
    """Put a row into the queue that was held first, once a moderator has allowed it; False where it is not so held."""
    model, fresh = type(row), {**FRESH, "attempt": 0, "spared": 0, "cancel_requested": False}
    with transaction.atomic():
        held = model._default_manager.filter(pk=row.pk, state=State.HELD, error=HELD_FIRST)
        if not held.update(state=State.QUEUED, queued_at=timezone.now(), **fresh, **fields):
            return False
        Turn.objects.wait(model.kind(), [row.person_id])
    enqueue(row)
    return True


def refuse(row: Job, why: ExpectedError) -> bool:
    """End a row as refused that was held first, once a moderator has decided; False where it is not so held."""
    refused = {"state": State.REFUSED, "finished_at": timezone.now(), "error": why.code, "error_values": why.values}
    rows = type(row)._default_manager.filter(pk=row.pk, state=State.HELD, error=HELD_FIRST)
    return bool(rows.update(**refused))


def release(row: Job) -> bool:
    """End a held row as done, once a moderator has decided; False where it is not held."""
    return bool(type(row)._default_manager.filter(pk=row.pk, state=State.HELD).update(state=State.DONE))
