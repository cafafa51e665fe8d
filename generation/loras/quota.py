"""How many LoRAs a person may have on their way at once and in a day, and the refusal of what is too much."""

from __future__ import annotations

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from generation.loras.leftovers import DAY
from generation.models import LoraImport
from imagecreator.errors import ExpectedError
from imagecreator.queue.changes import retry
from imagecreator.queue.states import LIVE
from imagecreator.uploads import LORA_PERMISSION


def check(row: LoraImport) -> None:
    """Refuse an import that has just been queued where it is too much for its person: raises ``ExpectedError``.

    Call it in the transaction that queued it, after that: the person's ``Turn`` is locked by then.
    """
    mine = LoraImport.objects.filter(owner=row.owner_id)
    if mine.filter(state__in=LIVE).count() > settings.LORA_IMPORTS_LIVE:
        raise ExpectedError("quota_loras_live", limit=settings.LORA_IMPORTS_LIVE)
    daily = settings.LORA_IMPORTS_DAILY
    if daily and mine.filter(queued_at__gt=timezone.now() - DAY).count() > daily:
        raise ExpectedError("quota_loras_daily", limit=daily)


def try_again(row: LoraImport) -> bool:
    """Put a failed or cancelled import back in the queue; False where it cannot be tried again.

    It is asked for anew: raises ``ExpectedError`` where its person may no longer add LoRAs, or where it is too much.
    """
    if not row.owner.has_perm(LORA_PERMISSION):
        raise ExpectedError("lora_may_not")
    with transaction.atomic():
        queued = row.can_be_retried and retry(row)
        if queued:
            check(row)
    return queued
