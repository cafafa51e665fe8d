"""Pages that belong to no app: the health check, the numbers for Prometheus and the staff's style guide."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import connection
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.crypto import constant_time_compare
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client.exposition import choose_encoder

from imagecreator.queue.metrics import REGISTRY
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


@never_cache
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """The queue in numbers, for whoever sends the token; without a token in the settings nobody knows of it."""
    if not settings.METRICS_TOKEN:
        raise Http404
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer":
        return HttpResponse(status=401, headers={"WWW-Authenticate": "Bearer"})
    if not constant_time_compare(token.strip(), settings.METRICS_TOKEN):
        return HttpResponse(status=403)
    encode, content_type = choose_encoder(request.headers.get("Accept", ""))
    return HttpResponse(encode(REGISTRY), content_type=content_type)


@require_safe
def styleguide(request: HttpRequest) -> HttpResponse:
    """Every component in all its states; nobody but staff knows of it."""
    if not (request.user.is_authenticated and request.user.is_staff):
        raise Http404
    return render(request, "styleguide.html", style_guide())
