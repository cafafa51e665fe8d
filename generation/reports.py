"""Reports of published pictures: one for each visitor, folded into one flag, and not too many of anybody."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.crypto import salted_hmac

from generation.models import Flag, Report
from generation.moderation import raise_flag
from imagecreator.errors import ExpectedError

if TYPE_CHECKING:
    from django.http import HttpRequest

    from channels_app.models import Picture

DAY = timedelta(hours=24)
MOST = 10  # reports of one visitor in 24 hours


def visitor(request: HttpRequest) -> str:
    """Who asks, as nobody can read it back: the account, or the address of whoever is not logged in."""
    who = f"account {request.user.pk}" if request.user.is_authenticated else f"address {_address(request)}"
    return salted_hmac("generation.reports", who, algorithm="sha256").hexdigest()


def _address(request: HttpRequest) -> str:
    """Behind a proxy, the last address that it was told, which is the one that it saw itself."""
    if settings.SECURE_PROXY_SSL_HEADER:
        return request.headers.get("X-Forwarded-For", "").rsplit(",", 1)[-1].strip()
    return str(request.META.get("REMOTE_ADDR", ""))


def report(picture: Picture, request: HttpRequest, category: str, words: str) -> bool:
    """Keep a report and flag the picture; False where this visitor has reported it before.

    Raises ``ExpectedError("quota_reports")`` where it is one too many within 24 hours.
    """
    who = visitor(request)
    person = request.user if request.user.is_authenticated else None
    with transaction.atomic():
        values = {"category": category, "words": words, "person": person}
        row, new = Report.objects.get_or_create(picture=picture, visitor=who, defaults=values)
        if not new:
            return False
        if Report.objects.filter(visitor=who, created_at__gt=timezone.now() - DAY).count() > MOST:
            raise ExpectedError("quota_reports", limit=MOST)
        detail = {"words": [{"field": row.get_category_display(), "text": words}]} if words else {}
        place = str(picture.place)[:200]
        more: dict[str, Any] = {"category": category, "what": place, "detail": detail}
        raise_flag(picture, Flag.Kind.REPORT, picture.owner, Flag.Reason.REPORTED, **more)
    return True
