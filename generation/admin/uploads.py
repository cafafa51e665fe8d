"""Looks of the safety checker at uploads: who waits for one, and what it saw."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import admin

from generation.models import UploadCheck
from imagecreator.admin import JobAdmin

if TYPE_CHECKING:
    from django.http import HttpRequest


@admin.register(UploadCheck)
class UploadCheckAdmin(JobAdmin[UploadCheck]):
    """The queue of uploads. What is held is decided on the moderators' desk."""

    list_display = ("__str__", "owner", "state", "error", "queued_at")
    list_filter = ("state", "error", "queued_at")
    search_fields = ("owner__username", "id")
    list_select_related = ("owner", "picture", "reference", "video")
    readonly_fields = ("owner", "picture", "reference", "video", "scores")

    def has_change_permission(self, request: HttpRequest, obj: UploadCheck | None = None) -> bool:
        """They are tried again or cancelled from the list."""
        return obj is None and super().has_change_permission(request, obj)
