"""What becomes of a picture when it is there: how it is enlarged, and in the style of which picture it is painted over.

A part of the form for new pictures, and of the one for touching up.
"""

from __future__ import annotations

import uuid
from functools import cached_property
from typing import TYPE_CHECKING, Any

from django import forms
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from generation.engine import EngineError, Restyle, role
from generation.models import Reference
from generation.models.paces import afterwards
from generation.models.request import EnlargeBy
from imagecreator.errors import explain
from imagecreator.fields import NumberField

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.contrib.auth.models import User

    from generation.engine import Profile
    from generation.engine.roles import RoleName
    from generation.models import GenerationRequest
    from generation.recipe import Recipe

LEAST_STYLE, MOST_STYLE, STYLE_STEP = 0.5, 10.0, 0.5  # of the style against what is seen, which counts 1
OF_STYLE = ("style_picture", "style_weight", "keep_colours", "effort")


class Effort(models.TextChoices):
    """How long it is worked on a style."""

    QUICK = "quick", _("Quick")
    NORMAL = "normal", _("Normal")
    FINE = "fine", _("Fine")


ITERATIONS = {Effort.QUICK: 60, Effort.NORMAL: Restyle().iterations, Effort.FINE: 500}


class FinishingForm(forms.Form):
    """Fields ``enlarge_by``, ``style_picture`` (the key of a reference) and those of the style.

    Call ``offer_finishing`` at the end of ``__init__``.
    """

    enlarge_by = forms.ChoiceField(
        label=_("How it is enlarged"),
        choices=[(EnlargeBy.LANCZOS, _("Lanczos")), (EnlargeBy.MODEL, _("Upscaler"))],
        initial=EnlargeBy.LANCZOS,
        required=False,
        widget=forms.RadioSelect,
        help_text=_(
            "Lanczos is there at once and invents nothing; the model's upscaler is slower and adds fine detail."
        ),
    )
    style_picture = forms.UUIDField(required=False, widget=forms.HiddenInput)
    style_weight = NumberField(
        label=_("How much of the style"),
        min_value=LEAST_STYLE,
        max_value=MOST_STYLE,
        initial=Restyle().style_weight,
        required=False,
        widget=forms.NumberInput(attrs={"step": STYLE_STEP}),
        help_text=_("A little changes the colours, much changes the shapes as well."),
    )
    keep_colours = forms.BooleanField(
        label=_("Keep the colours"), required=False, help_text=_("Only light and dark take on the style.")
    )
    effort = forms.ChoiceField(
        label=_("How carefully"), choices=Effort, initial=Effort.NORMAL, required=False, widget=forms.RadioSelect
    )

    def offer_finishing(self, profile: Profile | None, owner: User | None) -> None:
        """Offer what ``profile`` has the models for; pictures can be those of ``owner``."""
        self._models_of, self._whose = profile, owner
        if not self.can_upscale:
            del self.fields["enlarge_by"]

    @property
    def can_upscale(self) -> bool:
        """Whether the profile has an upscaler."""
        return self._models_of is not None and not self.why_no_upscaler

    @property
    def can_restyle(self) -> bool:
        """Whether the profile has a network for styles."""
        return self._models_of is not None and not self.why_no_style

    @cached_property
    def why_no_upscaler(self) -> str:
        """In a sentence; empty where there is one, and where the profile cannot be read, of which others speak."""
        return _missing(self._models_of, "upscaler")

    @cached_property
    def why_no_style(self) -> str:
        """Why nothing can be restyled, in a sentence."""
        return _missing(self._models_of, "style_network")

    @cached_property
    def restyle_by(self) -> Reference | None:
        """The picture whose style is taken, as the form stands now."""
        return self.reference("style_picture")

    @property
    def is_style_lost(self) -> bool:
        """Whether a picture was chosen that cannot be used."""
        return self.restyle_by is None and bool(self["style_picture"].value())

    @property
    def keeps_the_rest(self) -> bool:
        """Whether only a part is painted, around which every bit stays."""
        return getattr(self, "part", None) is not None

    @property
    def finished(self) -> dict[str, Any]:
        """The fields of the request; of a valid form."""
        style = self.restyle_by
        return {
            "enlarge_by": EnlargeBy.LANCZOS if self.keeps_the_rest else self._way,
            "style_picture": style,
            "restyle_options": self._options if style else {},
        }

    @property
    def after(self) -> str:
        """What is done when a picture is there, as far as times differ by it."""
        restyle = self._options if self.restyle_by else None
        return afterwards(EnlargeBy.LANCZOS if self.keeps_the_rest else self._way, restyle)

    def clean(self) -> dict[str, Any]:
        """What cannot be done is said, not passed over."""
        values: dict[str, Any] = super().clean() or self.cleaned_data
        if self.data.get("enlarge_by") == EnlargeBy.MODEL and self.why_no_upscaler:
            raise ValidationError(self.why_no_upscaler, code="no_upscaler")
        if not values.get("style_picture"):
            return values
        if self.restyle_by is None:
            raise ValidationError(
                _("The picture whose style was chosen cannot be used any more. Choose it again, or go on without."),
                code="style_lost",
            )
        if self.why_no_style:
            raise ValidationError(self.why_no_style, code="no_style_network")
        if self.keeps_the_rest:
            raise ValidationError(
                _("A part of a picture cannot be painted over in a style: all around it must stay as it is."),
                code="style_and_mask",
            )
        return values

    def reference(self, field: str) -> Reference | None:
        """The owner's own picture whose key stands in a field; None where there is none."""
        try:
            key = uuid.UUID(str(self[field].value() or ""))
        except ValueError:
            return None
        pictures = Reference.objects.shown().filter(owner=self._whose, kind=Reference.Kind.PICTURE)
        return pictures.filter(pk=key).first() if self._whose else None

    @property
    def _way(self) -> str:
        asked = self["enlarge_by"].value() if "enlarge_by" in self.fields else ""
        return EnlargeBy.MODEL if asked == EnlargeBy.MODEL else EnlargeBy.LANCZOS

    @property
    def _options(self) -> dict[str, Any]:
        """As the form stands now; what cannot be read is as it was at first."""
        usual, effort = Restyle(), self["effort"].value()
        try:
            weight = float(self["style_weight"].value())
        except (TypeError, ValueError):
            weight = usual.style_weight
        return {
            "style_weight": weight,
            "iterations": ITERATIONS[Effort(effort) if effort in ITERATIONS else Effort.NORMAL],
            "keep_colours": bool(self["keep_colours"].value()),
        }


def finished_of(asked: GenerationRequest) -> dict[str, object]:
    """What became of an earlier request's pictures, for the form."""
    fields: dict[str, object] = {"enlarge_by": asked.enlarge_by}
    if asked.style_picture_id:
        fields |= {"style_picture": asked.style_picture_id} | _of_style(**asked.restyle_options)
    return fields


def finishing_of(recipe: Recipe) -> dict[str, object]:
    """The same of a picture's file, which names the picture of the style but does not hold it."""
    fields: dict[str, object] = {"enlarge_by": EnlargeBy.MODEL if recipe.upscaler else EnlargeBy.LANCZOS}
    if (style := recipe.restyle) is not None:
        ratio = style.style_weight / style.content_weight if style.style_weight and style.content_weight else None
        fields |= _of_style(style_weight=ratio, iterations=style.iterations, keep_colours=style.keep_colours)
    return fields


def lost_with(recipe: Recipe, profile: Profile | None) -> Iterator[str]:
    """A line for each thing that became of a picture and that the form cannot take over from its file."""
    if recipe.is_touched_up:
        yield gettext("The picture was not painted but touched up from another one, which the file does not hold.")
    if recipe.upscaler and profile and _missing(profile, "upscaler"):
        yield gettext("The picture was enlarged by a model, of which there is none here: Lanczos takes its place.")
    if recipe.restyle:
        yield gettext("It was painted over in the style of a picture that the file does not hold: choose it below.")


def _of_style(
    style_weight: float | None = None, iterations: int | None = None, keep_colours: bool = False
) -> dict[str, object]:
    """The form's own steps of these."""
    usual = Restyle()
    weight = min(max(style_weight or usual.style_weight, LEAST_STYLE), MOST_STYLE)
    worked = iterations or usual.iterations
    nearest = min(ITERATIONS, key=lambda effort: abs(ITERATIONS[effort] - worked))
    return {"style_weight": weight, "effort": nearest, "keep_colours": keep_colours}


def _missing(profile: Profile | None, name: RoleName) -> str:
    if profile is None:
        return ""
    try:
        role(profile, name)
    except EngineError as problem:
        return str(explain(problem.code, problem.values).what)
    return ""
