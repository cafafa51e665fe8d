"""Reports, to be read; what is done about them is done on the desk."""

from __future__ import annotations

from django.contrib import admin

from generation.models import Report
from imagecreator.admin import ReadOnlyAdmin


@admin.register(Report)
class ReportAdmin(ReadOnlyAdmin[Report]):
    """Who reported what."""

    list_display = ("picture", "category", "words", "person", "created_at")
    list_filter = ("category", "created_at")
    search_fields = ("words", "person__username", "picture__owner__username")
    list_select_related = ("picture", "person")
