"""Reporting a published picture."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from generation.models.report import MOST_WORDS
from generation.models.rule import Rule
from imagecreator.fields import TextField


class ReportForm(forms.Form):
    """What is wrong with it."""

    category = forms.ChoiceField(label=_("What is wrong with it"), choices=Rule.Category, widget=forms.RadioSelect)
    words = TextField(
        label=_("In your words"), max_length=MOST_WORDS, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )
