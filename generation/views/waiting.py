"""Where one waits until a picture that one brought was looked at, and goes on by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlencode

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_safe
from django_htmx.http import HttpResponseClientRefresh

from channels_app.models.access import is_moderator
from channels_app.models.sight import Sight
from generation.models import Flag, Reference, UploadCheck

if TYPE_CHECKING:
    from uuid import UUID

    from django.http import HttpResponse

    from channels_app.views.lookup import SignedInRequest


def go_on(request: SignedInRequest, row: Reference, page: str) -> HttpResponse:
    """Lead to ``page``, which shows the picture; where it may not be seen yet, to the page where one waits for that."""
    if row.is_shown:
        return redirect(page)
    query = urlencode({"next": page, "back": request.get_full_path()})
    return redirect(f"{reverse('reference_wait', args=[row.pk])}?{query}")


@login_required
@require_safe
def reference_wait(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """How far the look is; the page reloads itself at its end, and leads on where the picture passed."""
    row = Reference.objects.filter(pk=pk).first()
    if row is None or (row.owner_id != request.user.pk and not is_moderator(request.user)):
        raise Http404
    if row.owner_id != request.user.pk:
        raise PermissionDenied
    check = UploadCheck.objects.filter(reference=row).first()
    waits = row.sight == Sight.WAITS and check is not None and check.is_live
    if request.htmx and not waits:  # type: ignore[attr-defined]
        return HttpResponseClientRefresh()
    if row.is_shown:
        return redirect(_named(request, "next"))
    flag = Flag.objects.filter(kind=Flag.Kind.UPLOAD, owner=request.user, object_id=str(row.pk)).last()
    context = {
        "row": row,
        "check": check if waits else None,
        "flag": flag,
        "back": _named(request, "back"),
        "here": request.get_full_path(),
    }
    return render(request, "generation/_waiting.html" if request.htmx else "generation/waiting.html", context)  # type: ignore[attr-defined]


def _named(request: SignedInRequest, name: str) -> str:
    """The page of this site that the address names."""
    page = request.GET.get(name, "")
    return page if url_has_allowed_host_and_scheme(page, None) else "/"
