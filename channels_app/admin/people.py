"""Profiles."""

from __future__ import annotations

from django.contrib import admin

from channels_app.models import Profile


@admin.register(Profile)
class ProfileAdmin(admin.ModelAdmin[Profile]):
    """Who is who."""

    list_display = ("display_name", "user", "user__email", "user__date_joined", "user__is_active")
    list_filter = ("user__is_active", "user__is_staff", "user__date_joined")
    search_fields = ("display_name", "user__username", "user__email")
    list_select_related = ("user",)
    raw_id_fields = ("user", "avatar")
