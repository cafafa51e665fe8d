"""Rules about what may not be painted, with a try-it box: what a rule would have hit, before it is in force."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.contrib.admin.views.decorators import staff_member_required
from django.core.exceptions import PermissionDenied
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from generation.models import GenerationRequest, Rule
from generation.rules import Ruleset
from generation.shipped import shipped
from imagecreator.admin import EditAdmin

if TYPE_CHECKING:
    from django.forms import ModelForm
    from django.http import HttpRequest, HttpResponse
    from django.urls import URLPattern

    from generation.rules import Hit

LATEST = 500  # prompts that a rule is tried on
SHOWN = 50  # hits


@dataclass(frozen=True)
class Tried:
    """A text that a rule hits, cut so that the hit is seen in it."""

    before: str
    hit: str
    after: str

    @classmethod
    def of(cls, text: str, hit: Hit) -> Tried:
        """With what stands around it; a hit that only the text without weights has is shown by itself."""
        start, end = hit.span
        if end > len(text):
            return cls("", hit.term, "")
        return cls(text[max(0, start - 80) : start], text[start:end], text[end : end + 80])


@admin.register(Rule)
class RuleAdmin(EditAdmin[Rule]):
    """The rules by category. What came with the project can be changed and switched off, not deleted."""

    list_display = ("key", "name", "category", "action", "language", "is_two_contexts", "negative", "active")
    list_filter = ("category", "action", "language", "negative", "active")
    list_per_page = 200
    search_fields = ("key", "name_en", "name_ru", "terms", "together", "exceptions")
    change_form_template = "admin/generation/rule/change_form.html"
    fieldsets = (
        (None, {"fields": ("key", ("name_en", "name_ru"), ("category", "action", "language"), "active")}),
        (
            _("What it looks for"),
            {"fields": ("terms", ("together", "within"), "exceptions", "unless", "even_denied", "negative")},
        ),
    )

    @admin.display(description=_("two contexts"), boolean=True)
    def is_two_contexts(self, rule: Rule) -> bool:
        """Whether it takes two terms together."""
        return bool(rule.together.strip())

    @admin.display(description=_("name"))
    def name(self, rule: Rule) -> str:
        """In the language of the page."""
        return rule.name

    def get_readonly_fields(self, request: HttpRequest, obj: Rule | None = None) -> tuple[str, ...]:
        """The key of a stored row stays: flags and the log name it."""
        return (*super().get_readonly_fields(request, obj), *(("key",) if obj else ()))

    def has_delete_permission(self, request: HttpRequest, obj: Rule | None = None) -> bool:
        """What came with the project would come again; it is switched off instead."""
        return super().has_delete_permission(request, obj) and not (obj is not None and obj.key in shipped("rule"))

    def get_urls(self) -> list[URLPattern]:
        """With the try-it box."""
        view = staff_member_required(require_POST(self.try_it))
        return [path("try/", view, name="generation_rule_try"), *super().get_urls()]

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any) -> Any:
        """The box stands under the form; it sends what stands in the form, not what is stored."""
        context["try_url"] = reverse("admin:generation_rule_try")
        return super().render_change_form(request, context, *args, **kwargs)

    def try_it(self, request: HttpRequest) -> HttpResponse:
        """Which of the latest prompts the rule as typed would hit, and what it says of a text that was typed."""
        if not (self.has_add_permission(request) or self.has_change_permission(request)):
            raise PermissionDenied
        form = self._typed(request)
        context: dict[str, Any] = {**self.admin_site.each_context(request), "title": _("Try a rule"), "form": form}
        if not {"terms", "together", "within", "exceptions", "unless"} & set(form.errors):
            rule = Rule(**{name: form.cleaned_data[name] for name in TYPED})
            ruleset = Ruleset([rule.ready])
            field = "negative" if rule.negative else "prompt"
            texts = list(GenerationRequest.objects.order_by("-created_at").values_list(field, flat=True)[:LATEST])
            hits = [Tried.of(text, hit) for text in texts if (hit := ruleset.judge(text).hit)]
            sample = request.POST.get("try_text", "")
            sample_hit = ruleset.judge(sample).hit
            context |= {
                "hits": hits[:SHOWN],
                "count": len(hits),
                "of": len(texts),
                "sample": sample,
                "sample_hit": Tried.of(sample, sample_hit) if sample_hit else None,
            }
        return render(request, "admin/generation/rule/tried.html", context)

    def _typed(self, request: HttpRequest) -> ModelForm[Rule]:
        """What stands in the form. The key, which is not sent where it stays, and the name do not matter here."""
        form: ModelForm[Rule] = self.get_form(request)({"key": "tried", "name_en": "-"} | request.POST.dict())
        form.errors.pop("key", None)
        return form


TYPED = ("category", "action", "terms", "together", "within", "exceptions", "unless", "even_denied", "negative")
