"""Pictures that requests begin with, and their masks: to be looked at, not changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from generation.models import Reference
from imagecreator.admin import preview

if TYPE_CHECKING:
    from django.http import HttpRequest
    from django.utils.safestring import SafeString


@admin.register(Reference)
class ReferenceAdmin(admin.ModelAdmin[Reference]):
    """References with a small view of each. They go by themselves, when nobody needs them any more."""

    list_display = ("picture", "__str__", "source", "sight", "owner", "created_at")
    list_display_links = ("__str__",)
    list_filter = ("kind", "source", "sight", "created_at")
    search_fields = ("owner__username", "id")
    list_select_related = ("owner",)
    list_per_page = 50
    exclude = ("file",)
    readonly_fields = ("picture", "kind", "source", "sight", "owner", "base", "width", "height", "created_at")

    @admin.display(description=_("picture"))
    def picture(self, reference: Reference) -> SafeString:
        """A small view of it."""
        return preview("reference_file", reference.pk, str(reference))

    def has_add_permission(self, request: HttpRequest) -> bool:
        """They are chosen on the site."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Reference | None = None) -> bool:
        """What a request begins with stays as it was."""
        return False
