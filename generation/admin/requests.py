"""Requests for pictures."""

from __future__ import annotations

from django.contrib import admin

from generation.models import GenerationRequest
from imagecreator.admin import JobAdmin


@admin.register(GenerationRequest)
class GenerationRequestAdmin(JobAdmin[GenerationRequest]):
    """The queue of the gpu lane."""

    list_display = ("__str__", "owner", "target", "count", "state", "stage", "attempt", "error", "queued_at")
    list_filter = ("state", "tool", "target", "error", "profile", "queued_at")
    search_fields = ("prompt", "negative", "owner__username", "video__title", "channel__name", "id")
    list_select_related = ("owner", "video", "channel")
    raw_id_fields = ("owner", "video", "channel", "draft")
    readonly_fields = (
        *("target", "count", "seed", "profile", "mode", "steps_asked", "timings"),  # a batch rests on them
        *("start", "strength", "mask", "mask_options"),
        *("tool", "enlarge_by", "style_picture", "restyle_options"),
        *("own_prompt", "own_negative", "style_key", "modifier_keys"),  # what the prompt was made of
    )
