"""What the admin's lists of jobs have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from django.contrib import admin, messages
from django.db.models import Model
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from imagecreator.queue.changes import cancel, retry_all
from imagecreator.queue.job import Job

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.http import HttpRequest
    from django.utils.safestring import SafeString

RowT = TypeVar("RowT", bound=Model)
JobT = TypeVar("JobT", bound=Job)

JOB_FIELDS = (
    "state", "stage", "step", "steps", "attempt", "worker", "lease_until", "cancel_requested", "error",
    "queued_at", "started_at", "finished_at",
)  # fmt: skip


def preview(name: str, pk: object, alt: str) -> SafeString:
    """A small view of a stored picture, from the address ``name`` that asks who may see it."""
    return format_html('<a href="{0}"><img src="{0}" width="160" alt="{1}"></a>', reverse(name, args=[pk]), alt)


class EditAdmin(admin.ModelAdmin[RowT]):
    """Writes of a stored row what was edited and nothing else: somebody may have moved it on since it was read."""

    def save_model(self, request: HttpRequest, obj: RowT, form: Any, change: bool) -> None:
        """Write the row."""
        obj.save(update_fields=form.changed_data if change else None)


class ReadOnlyAdmin(admin.ModelAdmin[RowT]):
    """Rows that nobody adds, changes or deletes here, administrators neither."""

    actions = None

    def has_add_permission(self, request: HttpRequest) -> bool:
        """They are written by what happens."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: RowT | None = None) -> bool:
        """Nobody."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: RowT | None = None) -> bool:
        """Nobody."""
        return False


class JobAdmin(EditAdmin[JobT]):
    """A list of jobs. Nobody writes the state by hand: the actions go through the queue's own functions."""

    date_hierarchy = "queued_at"
    actions: Any = ("retry_jobs", "cancel_jobs")
    list_per_page = 50
    show_full_result_count = False

    def get_readonly_fields(self, request: HttpRequest, obj: JobT | None = None) -> tuple[str, ...]:
        """The queue's fields are shown, never edited."""
        return (*super().get_readonly_fields(request, obj), *JOB_FIELDS)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Jobs are made on the site."""
        return False

    @admin.action(description=_("Try again"), permissions=["change"])
    def retry_jobs(self, request: HttpRequest, queryset: QuerySet[JobT]) -> None:
        """Put failed and cancelled jobs back in the queue."""
        count = retry_all(queryset)
        self.message_user(
            request,
            ngettext("%(n)d job was queued again.", "%(n)d jobs were queued again.", count) % {"n": count},
            messages.SUCCESS if count else messages.WARNING,
        )

    @admin.action(description=_("Cancel"), permissions=["change"])
    def cancel_jobs(self, request: HttpRequest, queryset: QuerySet[JobT]) -> None:
        """Stop what waits or runs."""
        count = sum(cancel(row) for row in queryset)
        self.message_user(
            request,
            ngettext("%(n)d job was cancelled.", "%(n)d jobs were cancelled.", count) % {"n": count},
            messages.SUCCESS if count else messages.WARNING,
        )
