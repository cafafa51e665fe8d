"""How much a person may still ask for, and the refusal of what is too much. How many run at once is up to ``claim``."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from django.db import transaction
from django.db.models import Q, Sum
from django.utils import timezone

from generation.models import GenerationRequest
from imagecreator.errors import ExpectedError
from imagecreator.queue.changes import retry
from imagecreator.queue.models import Quota
from imagecreator.queue.states import State

DAY = timedelta(hours=24)
SHOWN_BELOW = 0.2  # of the day's pictures: with more left, nobody needs to know


@dataclass(frozen=True)
class Left:
    """Of ``daily`` pictures in 24 hours, ``pictures`` may still be asked for."""

    pictures: int
    daily: int


def check(request: GenerationRequest) -> None:
    """Refuse a request that has just been queued where it is too much for its person: raises ``ExpectedError``.

    Call it in the transaction that queued it, after that. The person's ``Turn`` is locked by then: of two requests at
    once, the second is counted when the first is in the table or has been given up.
    """
    person = request.person_id
    may = Quota.objects.of([person])[person]
    if 0 in (may.queued, may.daily):
        raise ExpectedError("quota_none")
    if may.queued is not None and (waiting := _waiting(person)) > may.queued:
        raise ExpectedError("quota_queued", waiting=waiting - 1, limit=may.queued)
    if may.daily is not None and (pictures := _pictures(person)) > may.daily:
        left = max(0, may.daily - (pictures - request.count))
        raise ExpectedError("quota_daily", left=left, limit=may.daily, asked=request.count)


def try_again(request: GenerationRequest) -> bool:
    """Put a failed or cancelled request back in the queue; False where it is in another state.

    It is asked for anew: raises ``ExpectedError`` where that is too much.
    """
    with transaction.atomic():
        queued = retry(request)
        if queued:
            check(request)
    return queued


def left_today(person: int) -> Left | None:
    """What is left of the day's pictures, once that is little; None where there is enough or no limit."""
    daily = Quota.objects.of([person])[person].daily
    if daily is None:
        return None
    left = max(0, daily - _pictures(person))
    return Left(left, daily) if left < SHOWN_BELOW * daily else None


def _waiting(person: int) -> int:
    return GenerationRequest.objects.filter(owner=person, state=State.QUEUED).count()


def _pictures(person: int) -> int:
    """Asked for within 24 hours, but for what nobody has seen: who cancels what is being painted has seen it."""
    asked = GenerationRequest.objects.filter(owner=person, queued_at__gt=timezone.now() - DAY)
    unseen = Q(state__in=(State.FAILED, State.REFUSED)) | Q(state=State.CANCELLED, started_at=None)
    return asked.exclude(unseen).aggregate(total=Sum("count"))["total"] or 0
