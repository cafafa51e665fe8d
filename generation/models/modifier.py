"""A modifier: a few words behind the prompt, such as its light or its lens. Several may be chosen at once."""

from __future__ import annotations

from typing import Any

from django.core.validators import RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from generation.models.rule import allowed_words
from generation.models.wording import MOST_WORDS, Wording

without_braces = RegexValidator(r"[{}]", _("Braces mean nothing here."), code="braces", inverse_match=True)


class ModifierQuerySet(models.QuerySet["Modifier"]):
    """Modifiers, in the order of their groups."""

    def offered(self) -> list[Modifier]:
        """Those that people may choose, group by group."""
        groups: list[Any] = Modifier.Group.values
        return sorted(self.filter(active=True), key=lambda modifier: groups.index(modifier.group))


class Modifier(Wording):
    """Words that an operator offers."""

    class Group(models.TextChoices):
        """What it says something about, in the order of the page."""

        LIGHT = "light", _("Light")
        MOOD = "mood", _("Mood")
        LENS = "lens", _("Lens")
        PALETTE = "palette", _("Palette")
        COMPOSITION = "composition", _("Composition")

    group = models.CharField(_("group"), max_length=20, choices=Group)
    words = models.CharField(
        _("words"),
        max_length=MOST_WORDS,
        validators=[without_braces, allowed_words],
        help_text=_("In English, as they stand in a prompt."),
    )

    objects = ModifierQuerySet.as_manager()

    class Meta:
        verbose_name = _("modifier")
        verbose_name_plural = _("modifiers")
        ordering = ("order", "id")
