"""Objecting to what was not allowed."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from generation.models.flag import MOST_WORDS
from imagecreator.fields import TextField


class AppealForm(forms.Form):
    """One text, for another moderator."""

    text = TextField(
        label=_("Why it should be allowed"),
        max_length=MOST_WORDS,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("Another moderator reads it and decides. You can do this once."),
    )
