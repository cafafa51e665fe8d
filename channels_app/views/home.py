"""The first page: what the site is, or one's own channels and latest videos."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Count
from django.shortcuts import render
from django.views.decorators.http import require_safe

from channels_app.models import Channel, Video

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

LATEST = 12


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Show one's own things; a visitor sees what this is."""
    channels = (
        Channel.objects.owned_by(request.user).select_related("avatar", "cover").annotate(video_count=Count("videos"))
    )
    videos = (
        Video.objects.owned_by(request.user).select_related("thumbnail", "channel").prefetch_related("frames")[:LATEST]
    )
    return render(request, "home.html", {"channels": channels, "videos": videos})
