"""What operators set, and whom they watch: quotas and workers. The jobs are listed by the apps that they belong to."""

from __future__ import annotations

from functools import reduce
from operator import add
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin
from django.db.models import Count, IntegerField, OuterRef, Subquery
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from imagecreator.queue.job import Job, job_models
from imagecreator.queue.models import Quota, Worker
from imagecreator.queue.states import State

if TYPE_CHECKING:
    from django.db.models import Model, QuerySet
    from django.http import HttpRequest


class QuotaForm(forms.ModelForm[Quota]):
    """A quota, with what its numbers mean."""

    class Meta:
        model = Quota
        fields = ("person", "group", "running", "queued", "daily")
        help_texts = {
            "person": _("Their own numbers come before those of their groups."),
            "group": _("Of several groups, the most generous number counts."),
            "running": _("How many requests are worked on at the same moment."),
            "queued": _("How many requests may wait in the queue."),
            "daily": _("What failed, was refused, or was cancelled while it waited does not count."),
        }


@admin.register(Quota)
class QuotaAdmin(admin.ModelAdmin[Quota]):
    """Exceptions from the site's numbers."""

    form = QuotaForm
    list_display = ("__str__", "person", "group", "running", "queued", "daily")
    list_select_related = ("person", "group")
    search_fields = ("person__username", "group__name")
    raw_id_fields = ("person",)
    fieldsets = (
        (None, {"fields": ("person", "group")}),
        (
            None,
            {
                "fields": ("running", "queued", "daily"),
                "description": _(
                    "An empty number is the site's; 0 waiting or 0 pictures means that nothing may be asked for."
                ),
            },
        ),
    )


@admin.register(Worker)
class WorkerAdmin(admin.ModelAdmin[Worker]):
    """Who works. The rows write themselves: there is nothing to add, change or delete."""

    list_display = ("name", "alive", "served", "loaded", "in_hand", "seen_at", "started_at")
    search_fields = ("name", "loaded")
    fields = ("name", "alive", "served", "loaded", "in_hand", "seen_at", "started_at")
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest) -> QuerySet[Worker]:
        """With how many rows each has in hand."""
        numbers = [Coalesce(Subquery(_in_hand(model)), 0) for model in job_models()]
        return super().get_queryset(request).annotate(in_hand_number=reduce(add, numbers))

    @admin.display(description=_("alive"), boolean=True)
    def alive(self, worker: Worker) -> bool:
        """Whether it was heard of within a lease."""
        return worker.is_alive

    @admin.display(description=_("lanes"), ordering="lanes")
    def served(self, worker: Worker) -> str:
        """The lanes that it serves."""
        return ", ".join(worker.lane_names)

    @admin.display(description=_("in hand"))
    def in_hand(self, worker: Worker) -> int:
        """How many rows it works on, as the rows say."""
        return int(worker.in_hand_number)  # type: ignore[attr-defined]  # annotated

    def has_add_permission(self, request: HttpRequest) -> bool:
        """A worker writes its own row."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Nor is there anything to change."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """One that is lost is forgotten after an hour."""
        return False


def _in_hand(model: type[Job]) -> QuerySet[Any]:
    mine = model._default_manager.filter(state=State.RUNNING, worker=OuterRef("name")).order_by()
    return mine.values("worker").annotate(number=Count("pk", output_field=IntegerField())).values("number")
