"""Videos and their candidate frames."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from channels_app.models import Frame, Video
from imagecreator.admin import JobAdmin, preview

if TYPE_CHECKING:
    from django.contrib.auth.models import User
    from django.utils.safestring import SafeString


@admin.register(Video)
class VideoAdmin(JobAdmin[Video]):
    """All videos, with how far the worker is."""

    list_display = (
        "title",
        "channel",
        "owner",
        "state",
        "error",
        "duration",
        "size",
        "published",
        "created_at",
    )
    list_filter = ("state", "error", "published", "codec", "created_at")
    search_fields = ("title", "description", "channel__name", "channel__owner__username")
    list_select_related = ("channel__owner",)
    raw_id_fields = ("channel", "thumbnail")
    exclude = ("file",)
    readonly_fields = ("size", "duration", "width", "height", "container", "codec")

    @admin.display(description=_("owner"), ordering="channel__owner")
    def owner(self, video: Video) -> User:
        """Whose channel it is in."""
        return video.owner


@admin.register(Frame)
class FrameAdmin(admin.ModelAdmin[Frame]):
    """Candidate frames with their scores."""

    list_display = ("video", "time", "rank", "sharpness", "exposure", "colourfulness", "faces", "sight")
    list_filter = ("sight", "faces", "video__created_at")
    search_fields = ("video__title",)
    list_select_related = ("video",)
    raw_id_fields = ("video",)
    exclude = ("file",)
    readonly_fields = ("picture", "time", "rank", "width", "height", "sharpness", "exposure", "colourfulness", "faces")

    @admin.display(description=_("picture"))
    def picture(self, frame: Frame) -> SafeString:
        """A small view of it."""
        return preview("frame_file", frame.pk, str(frame))

    def has_add_permission(self, request: object) -> bool:
        """Frames are picked by the worker."""
        return False
