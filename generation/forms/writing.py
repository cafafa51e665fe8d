"""The part of the generate form that chooses among a draft's variations, and keeps what a person wrote instead."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy as _

from imagecreator.fields import TextField
from imagecreator.words import clean_text

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

    from generation.models import PromptDraft

OWN = "own"
LABELS: dict[str, _StrPromise] = {
    "literal": _("As it is"),
    "dramatic": _("Dramatic"),
    "minimal": _("Minimal"),
    OWN: _("My words"),
}
OF_WRITING = ("prompt", "negative", "variation", "own_words")  # what begins anew with another draft


@dataclass(frozen=True)
class Take:
    """One way to say it."""

    key: str
    label: _StrPromise
    is_chosen: bool


class WritingForm(forms.Form):
    """Fields ``variation`` and ``own_words``: the prompt as it was edited, while another stands in its box.

    Needs a field ``prompt`` beside them. ``draft`` is whose variations are offered.
    """

    variation = forms.ChoiceField(
        label=_("Variations"), choices=list(LABELS.items()), required=False, widget=forms.RadioSelect
    )
    own_words = TextField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, draft: PromptDraft | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._variations: dict[str, str] = draft.variations if draft else {}

    @property
    def take(self) -> str:
        """Which variation stands in the box now; ``own`` where it is none of them."""
        now = self._now
        return next((key for key, text in self._variations.items() if text == now), OWN)

    @property
    def takes(self) -> list[Take]:
        """What there is to choose from; one's own words only once there are any. Empty without variations."""
        keys = [key for key in LABELS if key in self._variations]
        if keys and (self.kept_words or (self.take == OWN and self._now)):
            keys.append(OWN)
        return [Take(key, LABELS[key], key == self.take) for key in keys]

    @property
    def is_another_take(self) -> bool:
        """Whether the page still shows another variation as chosen than the one that stands in the box."""
        return bool(self._variations) and self["variation"].value() != self.take

    @property
    def kept_words(self) -> str:
        """The prompt as a person edited it last."""
        return self._now if self.take == OWN else clean_text(str(self["own_words"].value() or ""))

    def varied(self) -> dict[str, str]:
        """The values of the fields once the variation that was chosen stands in the box."""
        chosen = str(self["variation"].value())
        kept = self.kept_words
        words = kept if chosen == OWN else self._variations.get(chosen, self._now)
        return {"prompt": words, "own_words": kept, "variation": chosen}

    @property
    def _now(self) -> str:
        return clean_text(str(self["prompt"].value() or ""))
