"""Choosing what is in place: a video frame as the thumbnail, or a former picture again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST
from PIL import Image

from channels_app.models import Frame, Picture, Profile
from channels_app.models.picture import put_back, put_in_place
from channels_app.views.lookup import get_own

if TYPE_CHECKING:
    from uuid import UUID

    from django.http import HttpResponse

    from channels_app.views.lookup import SignedInRequest


@login_required
@require_POST
def frame_use(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """Make a candidate frame the video's thumbnail."""
    frame = get_own(Frame, request, pk, "video__channel__owner")
    with frame.file.open("rb") as file, Image.open(file, formats=["JPEG"]) as image:
        put_in_place(frame.video, "thumbnail", image.convert("RGB"), Picture.Source.FRAME)
    messages.success(request, _("The frame is the thumbnail now."))
    return redirect(frame.video)


@login_required
@require_POST
def picture_restore(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """Put a former picture back in its place."""
    picture = get_own(Picture, request, pk, "video__channel", "channel", "profile")
    put_back(picture)
    messages.success(request, _("The former picture is back in its place."))
    place = picture.place
    return redirect("profile") if isinstance(place, Profile) else redirect(place)
