"""The part of the generate form that says what to begin with: a picture, how far to leave it, and which part of it."""

from __future__ import annotations

import uuid
from functools import cached_property
from typing import TYPE_CHECKING, Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from generation.engine.jobs import MOST_SPREAD, Mask
from generation.forms.marking import marks
from generation.forms.wearing import WearingForm
from generation.models import Reference
from generation.models.paces import painted_from
from generation.models.request import LEAST_STRENGTH
from generation.targets import TARGETS
from imagecreator.errors import ExpectedError
from imagecreator.fields import NumberField

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

    from channels_app.models import Channel
    from generation.targets import Target

STRENGTH = 0.6  # enough for another picture, little enough to know the first one by
STRENGTH_IN_MASK = 1
OPTIONS = ("feather", "grow", "padding", "invert", "only_masked")
OF_START = ("start", "mask", "strength")  # what another picture makes meaningless
OF_MASK = ("mask", "strength")  # what another mask does


def _pixels(label: StrOrPromise, least: int, usual: int, help_text: StrOrPromise) -> forms.IntegerField:
    widget = forms.NumberInput(attrs={"step": 1})
    return forms.IntegerField(
        label=label,
        min_value=least,
        max_value=MOST_SPREAD,
        initial=usual,
        required=False,
        widget=widget,
        help_text=help_text,
    )


class BeginningForm(WearingForm):
    """Fields ``start``, ``strength``, ``mask`` and those of the mask. ``start`` and ``mask`` are keys of references.

    The picture must be one of the channel owner's own, of the target's exact size, and the mask one for that picture.
    """

    start = forms.UUIDField(required=False, widget=forms.HiddenInput)
    mask = forms.UUIDField(required=False, widget=forms.HiddenInput)
    strength = NumberField(
        label=_("Strength"),
        min_value=LEAST_STRENGTH,
        max_value=1,
        required=False,
        widget=forms.NumberInput(attrs={"step": LEAST_STRENGTH}),
    )
    only_masked = forms.BooleanField(
        label=_("Show the model the marked part alone"),
        required=False,
        help_text=_("A small part is painted larger and finer, but without a look at the rest."),
    )
    padding = _pixels(_("Pixels around it"), 0, Mask.padding, _("So much around the part is shown as well."))
    feather = _pixels(_("Soft edge, pixels"), 0, Mask.feather, _("Over so much the new runs into the old."))
    grow = _pixels(_("Grow, pixels"), -MOST_SPREAD, Mask.grow, _("Widens the part on all sides; below 0 it shrinks."))
    invert = forms.BooleanField(label=_("Paint what is not marked, and keep what is"), required=False)

    def __init__(
        self,
        *args: Any,
        channel: Channel | None = None,
        target: Target = TARGETS["thumbnail"],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, channel=channel, **kwargs)
        self.target = target
        self._owner = channel.owner if channel else None
        self.fields["strength"].initial = STRENGTH_IN_MASK if self.part else STRENGTH
        self.fields["strength"].help_text = (
            _("At 1 the part is painted without a look at what was there; less keeps more of it.")
            if self.part
            else _("A little changes the look, much changes what is seen; at 1 nothing of the picture is left.")
        )

    @cached_property
    def begin(self) -> Reference | None:
        """The picture to begin with, as the form stands now; None without one, or where it cannot be used."""
        found = self._reference("start", Reference.Kind.PICTURE)
        return found if found and found.size == (self.target.width, self.target.height) else None

    @cached_property
    def part(self) -> Reference | None:
        """The mask over it."""
        found = self._reference("mask", Reference.Kind.MASK)
        return found if found and self.begin and found.base == self.begin else None

    @property
    def is_lost(self) -> bool:
        """Whether a picture was chosen that cannot be used."""
        return self.begin is None and bool(self["start"].value())

    @property
    def way(self) -> str:
        """What the pictures will be painted from, as far as times differ by it."""
        given = self["strength"].value()
        try:
            strength = float(given if given not in (None, "") else self.fields["strength"].initial)
        except ValueError:
            strength = STRENGTH
        return painted_from(self.begin is not None, self.part is not None, strength)

    @property
    def begun(self) -> dict[str, Any]:
        """The fields of the request; of a valid form."""
        values = self.cleaned_data
        if self.begin is None:
            return {"start": None, "strength": 1.0, "mask": None, "mask_options": {}}
        strength = values["strength"] or self.fields["strength"].initial
        options = {name: values[name] for name in OPTIONS if values[name] is not None} if self.part else {}
        return {"start": self.begin, "strength": strength, "mask": self.part, "mask_options": options}

    def clean(self) -> dict[str, Any]:
        """What was chosen and is gone is said, not passed over."""
        values: dict[str, Any] = super().clean() or self.cleaned_data
        if values.get("start") and self.begin is None:
            raise ValidationError(
                _("The picture to begin with cannot be used any more. Choose it again, or go on without."),
                code="reference_lost",
            )
        if values.get("mask") and self.part is None:
            raise ValidationError(
                _("The mask does not belong to this picture. Mark the part again, or go on without."), code="mask_lost"
            )
        if self.part and values.get("invert") and not self._is_left():
            raise ValidationError(
                _("All of the picture is marked, so nothing is left that could be painted."), code="mask_empty"
            )
        return values

    def without(self, *names: str) -> dict[str, Any]:
        """What stands in the form but for these fields, as the beginning of another."""
        return {name: value for name, value in self.typed().items() if name not in names}

    def _is_left(self) -> bool:
        """Whether the mask leaves anything unmarked; where its file is gone, painting says so."""
        try:
            return self.part is None or marks(self.part.open(), inverted=True)
        except ExpectedError:
            return True

    def _reference(self, name: str, kind: str) -> Reference | None:
        if self._owner is None:
            return None
        try:
            key = uuid.UUID(str(self[name].value() or ""))
        except ValueError:
            return None
        return Reference.objects.shown().filter(pk=key, owner=self._owner, kind=kind).select_related("base").first()
