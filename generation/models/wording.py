"""What styles and modifiers have in common: a key, names in two languages, an order, and whether they are offered."""

from __future__ import annotations

from django.db import models
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

MOST_WORDS = 500  # characters of a template, of words that are added, of words that are not wanted


class Wording(models.Model):
    """Words for prompts that an operator edits (abstract). Requests remember the key, so it never changes."""

    key = models.SlugField(
        _("key"),
        max_length=40,
        unique=True,
        help_text=_("Requests remember it, so it stays. Letters, digits and hyphens."),
    )
    name_en = models.CharField(_("name in English"), max_length=60)
    name_ru = models.CharField(_("name in Russian"), max_length=60, blank=True)
    order = models.PositiveSmallIntegerField(_("order"), default=1000, help_text=_("The lowest number comes first."))
    active = models.BooleanField(_("offered"), default=True)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        """Its name in the language that is active."""
        return (self.name_ru if (get_language() or "").startswith("ru") else "") or self.name_en
