"""Written prompts."""

from __future__ import annotations

from django.contrib import admin

from generation.models import PromptDraft
from imagecreator.admin import JobAdmin


@admin.register(PromptDraft)
class PromptDraftAdmin(JobAdmin[PromptDraft]):
    """What the site wrote, for whom and from what."""

    list_display = ("__str__", "owner", "target", "state", "error", "source", "created_at")
    list_filter = ("state", "target", "source", "created_at")
    search_fields = ("prompt", "owner__username", "video__title", "channel__name")
    list_select_related = ("owner", "video", "channel")
    raw_id_fields = ("owner", "video", "channel")
