"""Flags as a list with filters, and the desk where moderators decide about them one after the other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from generation.admin.desk import Desk
from generation.admin.numbers import numbers
from generation.models import Flag, ModerationAct
from generation.uploads import pass_unchecked
from imagecreator.admin import ReadOnlyAdmin

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse
    from django.urls import URLPattern
    from django.utils.safestring import SafeString


@admin.register(Flag)
class FlagAdmin(ReadOnlyAdmin[Flag]):
    """All flags, decided ones too. What waits is decided on the desk."""

    list_display = ("what", "kind", "state", "reason", "category", "rule_key", "owner_name", "appeal", "created_at")
    list_filter = ("state", "kind", "reason", "category", "appeal", "rule", "created_at")
    search_fields = ("what", "term", "owner_name", "rule_key", "id")
    list_per_page = 50
    date_hierarchy = "created_at"
    change_list_template = "admin/generation/flag/change_list.html"
    exclude = ("content_type", "object_id")
    readonly_fields = ("on_the_desk",)

    @admin.display(description=_("on the desk"))
    def on_the_desk(self, flag: Flag) -> SafeString:
        """A link to where it is decided."""
        return format_html(
            '<a href="{}?flag={}">{}</a>', reverse("admin:generation_flag_desk"), flag.pk, _("The moderators' desk")
        )

    def get_urls(self) -> list[URLPattern]:
        """With the desk."""
        desk = Desk(self.admin_site)
        return [
            path("desk/", self.admin_site.admin_view(desk.page), name="generation_flag_desk"),
            path("desk/decide/", self.admin_site.admin_view(desk.decide), name="generation_flag_decide"),
            path("numbers/", self.admin_site.admin_view(self.numbers_view), name="generation_flag_numbers"),
            *super().get_urls(),
        ]

    def numbers_view(self, request: HttpRequest) -> HttpResponse:
        """For whoever may see flags: operators, too."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        title = _("Moderation in numbers")
        context = {**self.admin_site.each_context(request), "title": title, "numbers": numbers()}
        context["uploads_pass"] = pass_unchecked()
        return render(request, "admin/generation/flag/numbers.html", context)

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """With a way to the desk."""
        more = {
            name: reverse(f"admin:generation_flag_{name.removesuffix('_url')}") for name in ("desk_url", "numbers_url")
        }
        return super().changelist_view(request, more | (extra_context or {}))


@admin.register(ModerationAct)
class ModerationActAdmin(ReadOnlyAdmin[ModerationAct]):
    """The log, to be read."""

    list_display = ("at", "act", "kind", "what", "owner", "by", "rule_key", "words")
    list_filter = ("act", "category", "rule_key", "at")
    search_fields = ("what", "owner", "by", "words", "rule_key", "flag_id")
    list_per_page = 100
    date_hierarchy = "at"

    @admin.display(description=_("kind"))
    def kind(self, act: ModerationAct) -> str:
        """In the reader's language: the row itself may be read in any."""
        kind = act.detail.get("kind", "")
        return str(dict(Flag.Kind.choices).get(kind, kind))
