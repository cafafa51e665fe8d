"""Pages that belong to no app: the health check and the staff's style guide."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import connection
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from imagecreator.samples import style_guide

if TYPE_CHECKING:
    from django.http import HttpRequest


@never_cache
@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """Answer 200 where the site lives and reaches its database."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return HttpResponse("ok\n", content_type="text/plain")


@require_safe
def styleguide(request: HttpRequest) -> HttpResponse:
    """Every component in all its states; nobody but staff knows of it."""
    if not (request.user.is_authenticated and request.user.is_staff):
        raise Http404
    return render(request, "styleguide.html", style_guide())
