"""Channels and the pictures in their places."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import admin
from django.db.models import Count
from django.utils.translation import gettext_lazy as _

from channels_app.models import Channel, Picture
from imagecreator.admin import EditAdmin, preview

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.http import HttpRequest
    from django.utils.safestring import SafeString


@admin.register(Channel)
class ChannelAdmin(EditAdmin[Channel]):
    """All channels, private ones too."""

    list_display = ("name", "owner", "published", "video_count", "created_at")
    list_filter = ("published", "created_at")
    search_fields = ("name", "description", "owner__username")
    list_select_related = ("owner",)
    date_hierarchy = "created_at"
    raw_id_fields = ("owner", "avatar", "cover")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Channel]:
        """Count the videos of all rows at once."""
        return super().get_queryset(request).annotate(video_count=Count("videos"))

    @admin.display(description=_("videos"), ordering="video_count")
    def video_count(self, channel: Channel) -> int:
        """How many videos it has."""
        count: int = channel.video_count  # type: ignore[attr-defined]  # from get_queryset
        return count


@admin.register(Picture)
class PictureAdmin(admin.ModelAdmin[Picture]):
    """Pictures that are or were in place."""

    list_display = ("__str__", "kind", "source", "owner", "created_at")
    list_filter = ("kind", "source", "created_at")
    search_fields = ("owner__username", "video__title", "channel__name")
    list_select_related = ("owner",)
    date_hierarchy = "created_at"
    exclude = ("file",)
    readonly_fields = ("picture", "kind", "source", "width", "height", "created_at")
    raw_id_fields = ("owner", "video", "channel", "profile")

    @admin.display(description=_("picture"))
    def picture(self, row: Picture) -> SafeString:
        """A small view of it."""
        return preview("picture_file", row.pk, str(row))

    def has_add_permission(self, request: object) -> bool:
        """Pictures are made on the site."""
        return False
