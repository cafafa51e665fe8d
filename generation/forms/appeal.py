"""Objecting to what was not allowed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django import forms
from django.utils.translation import gettext_lazy as _

from generation.models.flag import MOST_WORDS
from imagecreator.fields import TextField

if TYPE_CHECKING:
    from django.http import QueryDict

    from generation.models import Flag


class AppealForm(forms.Form):
    """One text, for a moderator: another one than has decided, where one has."""

    text = TextField(
        label=_("Why it should be allowed"),
        max_length=MOST_WORDS,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("Another moderator reads it and decides. You can do this once."),
    )

    def __init__(self, flag: Flag, typed: QueryDict | None) -> None:
        super().__init__(typed)
        if flag.decided_at is None:
            self.fields["text"].help_text = _("A moderator reads it and decides. You can do this once.")
