"""Profiles."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from channels_app.models import Profile
from imagecreator.admin import EditAdmin

if TYPE_CHECKING:
    from datetime import datetime


@admin.register(Profile)
class ProfileAdmin(EditAdmin[Profile]):
    """Who is who."""

    list_display = ("display_name", "user", "email", "joined", "active")
    list_filter = ("user__is_active", "user__is_staff", "user__date_joined")
    search_fields = ("display_name", "user__username", "user__email")
    list_select_related = ("user",)
    raw_id_fields = ("user", "avatar")

    @admin.display(description=_("e-mail"), ordering="user__email")
    def email(self, profile: Profile) -> str:
        """Where mail goes."""
        return profile.user.email

    @admin.display(description=_("joined"), ordering="user__date_joined")
    def joined(self, profile: Profile) -> datetime:
        """When the account was made."""
        return profile.user.date_joined

    @admin.display(description=_("active"), ordering="user__is_active", boolean=True)
    def active(self, profile: Profile) -> bool:
        """Whether the person may log in."""
        return profile.user.is_active
