"""A video's page, and uploading, editing, publishing and deleting it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.db.models import prefetch_related_objects
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django_htmx.http import HttpResponseClientRefresh

from channels_app.forms.videos import UploadForm, VideoForm
from channels_app.models import Channel, Picture, Video
from channels_app.views.lookup import get_own, get_visible
from imagecreator.queue.changes import cancel, retry
from imagecreator.uploads import was_too_large

if TYPE_CHECKING:
    from uuid import UUID

    from django.http import HttpRequest, HttpResponse

    from channels_app.views.lookup import SignedInRequest


@require_safe
def video(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The page: playback and words; for the owner also frames, requests and what can be done."""
    row = get_visible(Video, request, pk, "channel__owner", "channel__avatar", "thumbnail")
    may_edit = row.channel.owner == request.user
    context: dict[str, object] = {"video": row, "may_edit": may_edit}
    if may_edit:
        prefetch_related_objects([row], "frames")  # the page asks for them by how they may be seen
        if request.htmx and not row.waits_for_check:  # type: ignore[attr-defined]
            return HttpResponseClientRefresh()
        context["former_thumbnails"] = Picture.objects.former(row, "thumbnail")
        context["requests"] = row.requests.prefetch_related("images")
    return render(request, "videos/video.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def video_upload(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """Take a video into the channel ``pk``; the request ends when the last byte is in."""
    channel = get_own(Channel, request, pk)
    form = UploadForm()
    if request.method == "POST":
        form = UploadForm(request.POST, request.FILES, too_large=was_too_large(request))
        if form.is_valid():
            return redirect(form.save_in(channel))
    limits = {
        "max_mb": settings.VIDEO_MAX_MB,
        "max_minutes": settings.VIDEO_MAX_MINUTES,
        "formats": "MP4, MOV, MKV, WebM, AVI",
    }
    status = 413 if form.is_bound and form.too_large else 200
    return render(request, "videos/upload.html", {"form": form, "channel": channel, "limits": limits}, status=status)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def video_edit(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """Edit title and description."""
    row = get_own(Video, request, pk, "channel")
    form = VideoForm(request.POST if request.method == "POST" else None, instance=row)
    if form.is_valid():
        row.save(update_fields=["title", "description"])
        messages.success(request, _("The video was saved."))
        return redirect(row)
    return render(request, "videos/video_form.html", {"form": form, "video": row})


@login_required
@require_safe
def video_status(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """How far the worker is, as a part of the page; the page reloads itself at the end."""
    row = get_own(Video, request, pk, "channel")
    if request.htmx and not row.is_live:  # type: ignore[attr-defined]
        return HttpResponseClientRefresh()
    return render(request, "videos/_status.html", {"video": row, "may_edit": True})


@login_required
@require_POST
def video_retry(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """Read a video again that could not be read."""
    row = get_own(Video, request, pk, "channel")
    retry(row)
    return redirect(row)


@login_required
@require_POST
def video_publish(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """Show the video to everybody, or to nobody else: the field ``published`` says which."""
    row = get_own(Video, request, pk, "channel")
    row.published = request.POST.get("published") == "1"
    row.save(update_fields=["published"])
    if not row.published:
        messages.success(request, _("The video is private now."))
    elif row.channel.published:  # else the page itself says what is missing
        messages.success(request, _("The video is public now."))
    return redirect(row)


@login_required
@require_POST
def video_delete(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """Delete the video with its frames and pictures."""
    row = get_own(Video, request, pk, "channel")
    with transaction.atomic():
        cancel(row)
        row.delete()
    messages.success(request, _("The video was deleted."))
    return redirect(row.channel)
