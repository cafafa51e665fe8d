"""LoRAs, which a moderator approves, and LoRAs on their way."""

from __future__ import annotations

from functools import reduce
from operator import or_
from typing import TYPE_CHECKING, Any, ClassVar

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from generation.admin.wordings import WordingAdmin
from generation.models import Lora, LoraImport
from generation.models.lora import MOST_TRIGGER_WORDS
from imagecreator.admin import JobAdmin
from imagecreator.words import clean_line

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.http import HttpRequest

LONGEST_WORDS = 200  # characters of one entry


class WordsField(forms.CharField):
    """A list of words or phrases, one a line."""

    widget = forms.Textarea(attrs={"rows": 5})

    def prepare_value(self, value: Any) -> Any:
        """A list as lines."""
        return "\n".join(value) if isinstance(value, list) else value

    def to_python(self, value: Any) -> list[str]:  # type: ignore[override]
        """The lines, cleaned, each once."""
        words = [clean_line(line) for line in str(value or "").splitlines()]
        found = list(dict.fromkeys(word for word in words if word))
        if len(found) > MOST_TRIGGER_WORDS or any(len(word) > LONGEST_WORDS for word in found):
            raise ValidationError(
                _("At most %(number)d lines of %(length)d characters."),
                params={"number": MOST_TRIGGER_WORDS, "length": LONGEST_WORDS},
            )
        return found

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Whether the list is another one."""
        return bool(self.to_python(data) != (initial or []))


class LoraForm(forms.ModelForm[Lora]):
    """A LoRA's words."""

    trigger_words = WordsField(label=_("Trigger words"), required=False, help_text=_("One a line."))


class ApprovalFilter(admin.SimpleListFilter):
    """What waits for a decision."""

    title = _("approval")
    parameter_name = "approval"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """The choices."""
        return [("waiting", _("Waiting for approval")), ("approved", _("Approved")), ("off", _("Switched off"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Lora]) -> QuerySet[Lora]:
        """Those of the choice."""
        match self.value():
            case "waiting":
                return queryset.filter(approved_at__isnull=True, active=True)
            case "approved":
                return queryset.filter(approved_at__isnull=False, active=True)
            case "off":
                return queryset.filter(active=False)
        return queryset


class SourceFilter(admin.SimpleListFilter):
    """Where it was found; every page is another source, so only sites are offered."""

    title = _("source")
    parameter_name = "site"
    sites: ClassVar = {"huggingface": "https://huggingface.co/", "civitai": "https://civitai.com/"}

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """The choices."""
        return [("huggingface", "Hugging Face"), ("civitai", "Civitai"), ("other", _("Elsewhere"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Lora]) -> QuerySet[Lora]:
        """Those of the choice."""
        if (chosen := self.value()) in self.sites:
            return queryset.filter(source__startswith=self.sites[chosen])
        if chosen == "other":
            return queryset.exclude(reduce(or_, (Q(source__startswith=page) for page in self.sites.values())))
        return queryset


@admin.register(Lora)
class LoraAdmin(WordingAdmin[Lora]):
    """What people may paint with. What the file says cannot be changed."""

    form = LoraForm
    list_display = ("name_en", "family", "licence", "added_by", "approved_at", "approved_by", "order", "active")
    list_filter = (ApprovalFilter, SourceFilter, "family", "licence")
    search_fields = ("key", "name_en", "name_ru", "licence", "source", "sha256", "short_hash", "added_by__username")
    list_select_related = ("added_by", "approved_by")
    actions = ("approve", "withdraw")
    fields = (
        *("key", ("name_en", "name_ru"), "trigger_words", "weight", "licence", "source", "order", "active"),
        *("family", "changes", "shown_ranks", "size", "sha256", "short_hash"),
        *("added_by", "created_at", "approved_by", "approved_at"),
    )
    readonly_fields = (
        *("key", "family", "changes", "shown_ranks", "size", "sha256", "short_hash"),
        *("added_by", "created_at", "approved_by", "approved_at"),
    )

    def has_add_permission(self, request: HttpRequest) -> bool:
        """They are added on the site, where their files are looked at."""
        return False

    @admin.display(description=_("changes"))
    def changes(self, lora: Lora) -> str:
        """The parts of the model that it changes, in words."""
        return ", ".join(lora.part_labels)

    @admin.display(description=_("ranks"))
    def shown_ranks(self, lora: Lora) -> str:
        """The ranks as numbers in a row."""
        return ", ".join(str(rank) for rank in lora.ranks)

    @admin.action(description=_("Approve"), permissions=["change"])
    def approve(self, request: HttpRequest, queryset: QuerySet[Lora]) -> None:
        """Let everybody paint with them."""
        self._decide(request, queryset.filter(approved_at__isnull=True), approved=True)

    @admin.action(description=_("Withdraw approval"), permissions=["change"])
    def withdraw(self, request: HttpRequest, queryset: QuerySet[Lora]) -> None:
        """Leave them to whoever added them."""
        self._decide(request, queryset.filter(approved_at__isnull=False), approved=False)

    def _decide(self, request: HttpRequest, rows: QuerySet[Lora], *, approved: bool) -> None:
        count = 0
        at, by = (timezone.now(), request.user) if approved else (None, None)
        for lora in rows:
            mine = Lora.objects.filter(pk=lora.pk, approved_at__isnull=approved)
            if mine.update(approved_at=at, approved_by=by):
                count += 1
                self.log_change(request, lora, "approved" if approved else "approval withdrawn")
        said = (
            ngettext("%(n)d LoRA was approved.", "%(n)d LoRAs were approved.", count)
            if approved
            else ngettext("Approval of %(n)d LoRA was withdrawn.", "Approval of %(n)d LoRAs was withdrawn.", count)
        )
        self.message_user(request, said % {"n": count}, messages.SUCCESS if count else messages.WARNING)

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """What came with the project would come again: it is not deleted among others either."""
        deleted, counts, needed, protected = super().get_deleted_objects(objs, request)
        shipped_ones = [str(lora) for lora in objs if lora.in_project]
        return deleted, counts, needed, [*protected, *shipped_ones]


@admin.register(LoraImport)
class LoraImportAdmin(JobAdmin[LoraImport]):
    """Downloads and uploads that become LoRAs."""

    list_display = ("__str__", "owner", "state", "stage", "error", "attempt", "lora", "queued_at")
    list_filter = ("state", "error", "queued_at")
    search_fields = ("name", "address", "licence", "source", "owner__username", "id")
    list_select_related = ("owner", "lora")
    raw_id_fields = ("owner",)
    exclude = ("file",)
    readonly_fields = ("owner", "address", "name", "licence", "source", "lora", "removed")

    @admin.action(description=_("Try again"), permissions=["change"])
    def retry_jobs(self, request: HttpRequest, queryset: QuerySet[LoraImport]) -> None:
        """Put failed and cancelled downloads back in the queue; of uploads the file is gone."""
        super().retry_jobs(request, queryset.exclude(address=""))
