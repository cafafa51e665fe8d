"""Reports of published pictures: one for each visitor, folded into one flag, and not too many of anybody."""

from __future__ import annotations

from datetime import timedelta
from ipaddress import IPv4Address, IPv6Network, ip_address
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.http import Http404
from django.utils import timezone
from django.utils.crypto import salted_hmac

from channels_app.models import Picture
from generation.models import Flag, Report
from generation.moderation import hide, raise_flag
from imagecreator.errors import ExpectedError

if TYPE_CHECKING:
    from django.http import HttpRequest

DAY = timedelta(hours=24)
MOST = 10  # reports of one visitor in 24 hours


def visitor(request: HttpRequest) -> str:
    """Who asks, as nobody can read it back: the account, or the address of whoever is not logged in."""
    who = f"account {request.user.pk}" if request.user.is_authenticated else f"address {_address(request)}"
    return salted_hmac("generation.reports", who, algorithm="sha256").hexdigest()


def _address(request: HttpRequest) -> str:
    """Where it comes from; of IPv6 the first half, since the other is chosen by whoever asks.

    Behind a proxy, the last address that it was told, which is the one that it saw itself.
    """
    told = str(request.META.get("REMOTE_ADDR", ""))
    if settings.SECURE_PROXY_SSL_HEADER:
        told = request.headers.get("X-Forwarded-For", "").rsplit(",", 1)[-1].strip()
    try:
        address = ip_address(told)
    except ValueError:
        return told
    if isinstance(address, IPv4Address):
        return str(address)
    return str(address.ipv4_mapped or IPv6Network((address, 64), strict=False))


def report(picture: Picture, request: HttpRequest, category: str, words: str) -> bool:
    """Keep a report and flag the picture; False where this visitor has reported it before.

    It is hidden where ``settings.REPORTS_TO_HIDE`` accounts have reported it. Raises ``Http404`` where it is not to be
    seen any more, and ``ExpectedError("quota_reports")`` where it is one too many within 24 hours.
    """
    who = visitor(request)
    person = request.user if request.user.is_authenticated else None
    with transaction.atomic():
        _one_after_the_other()
        if not Picture.objects.published().filter(pk=picture.pk).exists():  # whoever allowed it would bring it back
            raise Http404
        values = {"category": category, "words": words, "person": person}
        row, new = Report.objects.get_or_create(picture=picture, visitor=who, defaults=values)
        if not new:
            return False
        if Report.objects.filter(visitor=who, created_at__gt=timezone.now() - DAY).count() > MOST:
            raise ExpectedError("quota_reports", limit=MOST)
        detail: dict[str, Any] = {"picture": picture.kind}
        if words:
            detail["words"] = [{"field": category, "text": words}]
        more: dict[str, Any] = {"category": category, "what": str(picture.place)[:200], "detail": detail}
        row.flag = raise_flag(picture, Flag.Kind.REPORT, picture.owner, Flag.Reason.REPORTED, **more)
        row.save(update_fields=["flag"])
        accounts = row.flag.reports.exclude(person=None).count()
        if settings.REPORTS_TO_HIDE and accounts >= settings.REPORTS_TO_HIDE:
            hide(row.flag)
    return True


def _one_after_the_other() -> None:
    """Hold what all reports share: of two at once, the second is counted when the first is in the table."""
    kind = ContentType.objects.get_for_model(Report)
    ContentType.objects.select_for_update(no_key=True).get(pk=kind.pk)
