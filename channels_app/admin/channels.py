"""Channels and the pictures in their places."""

from __future__ import annotations

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from channels_app.models import Channel, Picture


@admin.register(Channel)
class ChannelAdmin(admin.ModelAdmin[Channel]):
    """All channels, private ones too."""

    list_display = ("name", "owner", "published", "video_count", "created_at")
    list_filter = ("published", "created_at")
    search_fields = ("name", "description", "owner__username")
    list_select_related = ("owner",)
    date_hierarchy = "created_at"
    raw_id_fields = ("owner", "avatar", "cover")

    @admin.display(description=_("videos"))
    def video_count(self, channel: Channel) -> int:
        """How many videos it has."""
        return channel.videos.count()


@admin.register(Picture)
class PictureAdmin(admin.ModelAdmin[Picture]):
    """Pictures that are or were in place."""

    list_display = ("__str__", "kind", "source", "owner", "created_at")
    list_filter = ("kind", "source", "created_at")
    search_fields = ("owner__username", "video__title", "channel__name")
    list_select_related = ("owner",)
    date_hierarchy = "created_at"
    readonly_fields = ("kind", "source", "width", "height", "file", "created_at")
    raw_id_fields = ("owner", "video", "channel", "profile")

    def has_add_permission(self, request: object) -> bool:
        """Pictures are made on the site."""
        return False
