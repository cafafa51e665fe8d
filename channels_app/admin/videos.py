"""Videos and their candidate frames."""

from __future__ import annotations

from django.contrib import admin

from channels_app.models import Frame, Video
from imagecreator.admin import JobAdmin


@admin.register(Video)
class VideoAdmin(JobAdmin[Video]):
    """All videos, with how far the worker is."""

    list_display = (
        "title",
        "channel",
        "channel__owner",
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
    readonly_fields = ("file", "size", "duration", "width", "height", "container", "codec")


@admin.register(Frame)
class FrameAdmin(admin.ModelAdmin[Frame]):
    """Candidate frames with their scores."""

    list_display = ("video", "time", "rank", "sharpness", "exposure", "colourfulness", "faces")
    list_filter = ("faces", "video__created_at")
    search_fields = ("video__title",)
    list_select_related = ("video",)
    raw_id_fields = ("video",)
    readonly_fields = ("file", "time", "rank", "width", "height", "sharpness", "exposure", "colourfulness", "faces")

    def has_add_permission(self, request: object) -> bool:
        """Frames are picked by the worker."""
        return False
