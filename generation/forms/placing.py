"""How a picture of another shape than the target's is made to fit, and which part of it is kept."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

from generation.forms.fitting import cropped, part, surrounded
from generation.forms.references import LEAST_SIDE
from generation.models import Reference
from generation.models.reference import keep_reference
from imagecreator.errors import ExpectedError

if TYPE_CHECKING:
    from generation.targets import Target


class PlaceForm(forms.Form):
    """Where in ``source`` the part is that is kept for ``target``."""

    place = forms.IntegerField(
        label=_("Where"),
        min_value=0,
        max_value=100,
        initial=50,
        widget=forms.NumberInput(attrs={"step": 1}),
        help_text=_("0 is the left or upper end, 50 the middle, 100 the right or lower end."),
    )

    def __init__(self, *args: Any, source: Reference, target: Target, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._source, self._size = source, (target.width, target.height)

    @property
    def _place(self) -> float:
        return float(self.cleaned_data["place"]) / 100


class FitForm(PlaceForm):
    """How ``source`` is made to fit, to begin with it."""

    class Way(models.TextChoices):
        """What becomes of what does not fit."""

        CROP = "crop", _("Cut off what does not fit")
        WHOLE = "whole", _("Show it whole, paint what is around it")

    way = forms.ChoiceField(label=_("How it fits"), choices=Way, initial=Way.CROP, widget=forms.RadioSelect)

    def save(self) -> tuple[Reference, Reference | None]:
        """The picture at the target's exact pixels; and where it is shown whole, a mask of what is around it.

        ExpectedError("reference_lost") where the source's file is gone.
        """
        owner, origin = self._source.owner, self._source.source
        image = self._source.open()
        if self.cleaned_data["way"] == self.Way.CROP:
            return keep_reference(owner, cropped(image, self._size, self._place), origin, made_here=True), None
        canvas, around = surrounded(image, self._size, self._place)
        start = keep_reference(owner, canvas, origin, made_here=True)
        return start, keep_reference(owner, around, Reference.Source.DRAWN, kind=Reference.Kind.MASK, base=start)


class PartForm(PlaceForm):
    """Which part of ``source`` is touched up."""

    def clean(self) -> dict[str, Any]:
        """Refuse a picture so thin that the part would show next to nothing."""
        values: dict[str, Any] = super().clean() or self.cleaned_data
        width, height = self._source.size
        share = min(width / self._size[0], height / self._size[1])
        if round(share * min(self._size)) < LEAST_SIDE:
            refusal = ExpectedError("start_too_small", least=LEAST_SIDE)
            raise ValidationError(str(refusal.problem), code=refusal.code)
        return values

    def save(self) -> Reference:
        """The part, in its own pixels. ExpectedError("reference_lost") where the source's file is gone."""
        image = part(self._source.open(), self._size, self._place)
        return keep_reference(self._source.owner, image, self._source.source, made_here=True)
