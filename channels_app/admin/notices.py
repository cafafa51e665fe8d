"""Notices: what people were told, and whether it was mailed."""

from __future__ import annotations

from django.contrib import admin

from channels_app.models import Notice
from imagecreator.admin import ReadOnlyAdmin


@admin.register(Notice)
class NoticeAdmin(ReadOnlyAdmin[Notice]):
    """To be read."""

    list_display = ("text", "person", "created_at", "read_at", "mail", "mail_tries")
    list_filter = ("code", "mail", "created_at")
    search_fields = ("person__username", "code", "link")
    list_select_related = ("person",)
    list_per_page = 100
