"""Poses and faces to follow: to be looked at, not changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from generation.models import Guide
from imagecreator.admin import JobAdmin, preview

if TYPE_CHECKING:
    from django.http import HttpRequest
    from django.utils.safestring import SafeString


@admin.register(Guide)
class GuideAdmin(JobAdmin[Guide]):
    """Guides with a small view of their pictures. They go by themselves, when nobody needs them any more."""

    list_display = ("shown", "__str__", "owner", "state", "error", "created_at")
    list_display_links = ("__str__",)
    list_filter = ("state", "guide_kind", "error", "created_at")
    search_fields = ("owner__username", "id")
    list_select_related = ("owner", "picture")
    readonly_fields = ("owner", "guide_kind", "picture", "drawing", "found", "poses", "boxes")

    @admin.display(description=_("picture"))
    def shown(self, guide: Guide) -> SafeString:
        """A small view of it."""
        return preview("reference_file", guide.picture.pk, str(guide))

    def has_change_permission(self, request: HttpRequest, obj: Guide | None = None) -> bool:
        """They are tried again or cancelled from the list; the joints are dragged by their owners."""
        return obj is None and super().has_change_permission(request, obj)
