"""What is done for rows whose worker was lost, and for rows that nobody woke for."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from imagecreator.celery import ring
from imagecreator.files.keep import give_up
from imagecreator.queue.job import FRESH, job_models
from imagecreator.queue.lease import Lease
from imagecreator.queue.models import Turn, Worker
from imagecreator.queue.states import State

if TYPE_CHECKING:
    from datetime import datetime

    from imagecreator.queue.job import Job

MAX_ATTEMPTS = 3


def reap_all() -> int:
    """Reap every kind of job, and ring again for rows that nobody woke for. Return how many rows were reaped."""
    reaped = {model: reap(model) for model in job_models()}
    Worker.objects.forget()
    for model, freed in reaped.items():  # at last: a broker that is away takes its time
        for _ in range(_bells(model, freed)):
            ring(model.bell, model.lane, expires=settings.REAP_SECONDS)
    return sum(reaped.values())


def reap(model: type[Job]) -> int:
    """Take rows from workers that stopped renewing: queued again, or ended after ``MAX_ATTEMPTS``. Return how many."""
    now = timezone.now()
    expired = model._default_manager.filter(state=State.RUNNING, lease_until__lt=now)
    return sum(_reap_row(row, now) for row in expired)


@transaction.atomic
def _reap_row(row: Job, now: datetime) -> int:
    if reaped := _take_away(row, now):
        give_up(Lease(type(row), row.pk, row.fence))
    return reaped


def _take_away(row: Job, now: datetime) -> int:
    mine = type(row)._default_manager.filter(pk=row.pk, state=State.RUNNING, fence=row.fence, lease_until__lt=now)
    ended: dict[str, Any] = {"fence": F("fence") + 1, "finished_at": now, "lease_until": None}
    # The flag decides in the same statement: a row that is cancelled at this moment must not wait again.
    if reaped := mine.filter(cancel_requested=True).update(state=State.CANCELLED, **ended):
        return reaped
    mine = mine.filter(cancel_requested=False)
    if row.attempt - row.spared >= MAX_ATTEMPTS:
        error: dict[str, Any] = {"error": "worker_lost", "error_values": {"attempts": row.attempt}}
        return mine.update(state=State.FAILED, **ended, **error)
    reaped = mine.update(state=State.QUEUED, **FRESH | {"fence": F("fence") + 1})
    if reaped:
        Turn.objects.wait(row.kind(), [row.person_id])
    return reaped


def _bells(model: type[Job], freed: int) -> int:
    """How often to ring: for what was reaped, else once where rows wait too long.

    Every worker's parent does so, and whoever finishes rings for more: that wakes as many as there is work for.
    """
    late = timezone.now() - timedelta(seconds=settings.REAP_SECONDS)
    overdue = model._default_manager.filter(state=State.QUEUED, queued_at__lt=late).exists()
    if overdue:
        _wake_turns(model)
    return max(min(freed, Worker.objects.alive(model.lane).count()), int(overdue or freed > 0))


def _wake_turns(model: type[Job]) -> None:
    """Give a turn to whoever waits without one: rows that an older version wrote, or that came by another way."""
    awake = Turn.objects.filter(kind=model.kind(), waiting=True).values("person")
    without = model._default_manager.filter(state=State.QUEUED).exclude(**{f"{model.OWNER}__in": awake})
    for person in without.order_by().values_list(model.OWNER, flat=True).distinct()[:1000]:
        Turn.objects.wait(model.kind(), [person])
