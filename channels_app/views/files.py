"""Files of videos, frames and pictures. Media has no public address: each view asks who may see it first."""

from __future__ import annotations

import mimetypes
from typing import TYPE_CHECKING

from django.views.decorators.http import require_safe

from channels_app.models import Frame, Picture, Video
from channels_app.views.lookup import get_visible
from imagecreator.serving import serve

if TYPE_CHECKING:
    from uuid import UUID

    from django.http import HttpRequest
    from django.http.response import HttpResponseBase


@require_safe
def video_file(request: HttpRequest, pk: UUID) -> HttpResponseBase:
    """The uploaded file, for playback."""
    row = get_visible(Video, request, pk, "channel")
    return serve(request, row.file, row.content_type)


@require_safe
def frame_file(request: HttpRequest, pk: UUID) -> HttpResponseBase:
    """A candidate frame."""
    row = get_visible(Frame, request, pk)
    return serve(request, row.file, "image/jpeg", keep=row.is_shown)


@require_safe
def picture_file(request: HttpRequest, pk: UUID) -> HttpResponseBase:
    """A picture that is or was in place. What only moderators may see stays in no browser."""
    row = get_visible(Picture, request, pk)
    kind = mimetypes.guess_type(row.file.name or "")[0] or "image/png"
    return serve(request, row.file, kind, keep=row.is_shown)
