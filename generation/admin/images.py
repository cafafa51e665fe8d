"""Painted pictures: a moderator approves or rejects what is held."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from django.contrib import admin, messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.utils.text import Truncator
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from generation import moderation
from generation.models import GeneratedImage
from imagecreator.admin import preview

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.http import HttpRequest
    from django.utils.safestring import SafeString


@admin.register(GeneratedImage)
class GeneratedImageAdmin(admin.ModelAdmin[GeneratedImage]):
    """Pictures with what the check said."""

    list_display = ("picture", "__str__", "status", "owner", "prompt", "seed", "applied_at")
    list_display_links = ("__str__",)
    list_filter = ("status", "request__target", "request__queued_at")
    search_fields = ("request__prompt", "request__owner__username", "request__id")
    list_select_related = ("request__owner", "request__video", "request__channel")
    list_per_page = 50
    actions = ("approve", "reject")
    exclude = ("file",)
    readonly_fields = (
        "picture",
        "request",
        "index",
        "seed",
        "width",
        "height",
        "status",
        "scores",
        "applied_at",
        "applied",
    )

    @admin.display(description=_("picture"))
    def picture(self, image: GeneratedImage) -> SafeString:
        """A small view of it."""
        return preview("image_file", image.pk, image.request.prompt)

    @admin.display(description=_("owner"), ordering="request__owner")
    def owner(self, image: GeneratedImage) -> User:
        """Who asked for it."""
        return image.request.owner

    @admin.display(description=_("prompt"))
    def prompt(self, image: GeneratedImage) -> str:
        """The beginning of what was asked for."""
        return Truncator(image.request.prompt).words(12)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Pictures are painted, not typed."""
        return False

    def has_moderate_permission(self, request: HttpRequest) -> bool:
        """Who may approve and reject."""
        return request.user.has_perm("generation.moderate")

    @admin.action(description=_("Approve held pictures"), permissions=["moderate"])
    def approve(self, request: HttpRequest, queryset: QuerySet[GeneratedImage]) -> None:
        """Show them to their owners."""
        self._decide(request, queryset, approved=True)

    @admin.action(description=_("Reject held pictures"), permissions=["moderate"])
    def reject(self, request: HttpRequest, queryset: QuerySet[GeneratedImage]) -> None:
        """Keep them from everybody."""
        self._decide(request, queryset, approved=False)

    def _decide(self, request: HttpRequest, queryset: QuerySet[GeneratedImage], *, approved: bool) -> None:
        count = 0
        assert isinstance(request.user, User)
        for image in queryset.filter(status=GeneratedImage.Status.HELD).select_related("request__owner"):
            with suppress(moderation.TooLate, PermissionDenied):
                moderation.settle(moderation.flag_of(image), request.user, allow=approved)
                count += 1
                self.log_change(request, image, "approved" if approved else "rejected")
        self.message_user(
            request,
            ngettext("%(n)d held picture was decided.", "%(n)d held pictures were decided.", count) % {"n": count},
            messages.SUCCESS if count else messages.WARNING,
        )
