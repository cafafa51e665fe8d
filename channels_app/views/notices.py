"""What the site told a person: a page, newest first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from channels_app.models import Notice
from channels_app.views.lookup import get_own

if TYPE_CHECKING:
    from uuid import UUID

    from django.http import HttpResponse

    from channels_app.views.lookup import SignedInRequest

PER_PAGE = 30


@login_required
@require_safe
def notices(request: SignedInRequest) -> HttpResponse:
    """All of one's own."""
    page = Paginator(Notice.objects.owned_by(request.user), PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "channels/notices.html", {"notices": page})


@login_required
@require_POST
def notice_open(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """Mark one as read, and lead to what it speaks of."""
    notice = get_own(Notice, request, pk)
    Notice.objects.filter(pk=notice.pk, read_at=None).update(read_at=timezone.now())
    return redirect(notice.link or "notices")


@login_required
@require_POST
def notices_read(request: SignedInRequest) -> HttpResponse:
    """Mark all as read."""
    Notice.objects.filter(person=request.user, read_at=None).update(read_at=timezone.now())
    return redirect("notices")
