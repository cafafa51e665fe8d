"""What a page for painting is for: a video's thumbnail, or one of a channel's pictures, and the addresses of both."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.http import Http404
from django.urls import reverse

from channels_app.models import Channel, Video
from channels_app.views.lookup import get_own
from generation.models.subject import label_of
from generation.targets import TARGETS

if TYPE_CHECKING:
    from uuid import UUID

    from django.forms import Form

    from channels_app.views.lookup import SignedInRequest

THUMBNAIL = "thumbnail"


def own_subject(request: SignedInRequest, pk: UUID, target: str) -> Video | Channel:
    """The person's own video or channel. Raises ``Http404`` or ``PermissionDenied``."""
    if target == THUMBNAIL:
        return get_own(Video, request, pk, "channel__owner")
    if target not in TARGETS or TARGETS[target].for_what != "channel":
        raise Http404
    return get_own(Channel, request, pk, "owner")


def about(subject: Video | Channel, target: str, form: Form, **more: object) -> dict[str, Any]:
    """What the template of every such page is told, and ``more``."""
    return {
        "form": form,
        "subject": subject,
        "target": TARGETS[target],
        "target_label": label_of(target),
        **more,
    }


def address(page: str, subject: Video | Channel, target: str, *more: UUID | str) -> str:
    """Of the two addresses ``<page>_thumbnail`` and ``<page>_channel``, the one for this subject."""
    if isinstance(subject, Video):
        return reverse(f"{page}_thumbnail", args=[subject.pk, *more])
    return reverse(f"{page}_channel", args=[subject.pk, target, *more])
