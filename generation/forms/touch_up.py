"""Touching up a picture that is there: brought to a target's exact pixels, and painted over in a style."""

from __future__ import annotations

import uuid
from functools import cached_property
from typing import TYPE_CHECKING, Any

from django import forms
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from generation import quota
from generation.engine.upscale.options import LEAST_SIDE, NEARLY
from generation.forms.finishing import FinishingForm, finished_of
from generation.forms.fitting import fits
from generation.forms.styling import Refused, refused
from generation.models import GenerationRequest
from generation.models.request import MAX_PROMPT, MAX_SEED, EnlargeBy, Tool, random_seed
from generation.models.subject import subject_field
from generation.moderation import queue_or_hold
from generation.screening import said
from imagecreator.errors import explain
from imagecreator.fields import TextField

if TYPE_CHECKING:
    from channels_app.models import Channel, Video
    from generation.engine import Profile
    from generation.models import Reference
    from generation.targets import Target

OF_WORDS = ("prompt", "negative")


class TouchUpForm(FinishingForm):
    """``id`` is chosen when the page is made, so that a form sent twice asks once. ``start`` is a reference's key.

    Where only a part of a picture is touched up, ``start`` is that part, and ``whole`` all of it.
    Where the profile has no upscaler, nobody reads words, and there are no fields for them.
    """

    id = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)
    start = forms.UUIDField(required=False, widget=forms.HiddenInput)
    whole = forms.UUIDField(required=False, widget=forms.HiddenInput)
    prompt = TextField(
        label=_("What the picture shows"),
        max_length=MAX_PROMPT,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("For the model's upscaler, in English or Russian. It can be left empty."),
    )
    negative = TextField(
        label=_("Negative prompt"),
        max_length=MAX_PROMPT,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("What the picture should not show."),
    )
    seed = forms.IntegerField(
        label=_("Seed"),
        min_value=0,
        max_value=MAX_SEED,
        required=False,
        help_text=_("For the upscaler and the style: the same seed makes the same picture. Lanczos needs none."),
    )

    def __init__(
        self, *args: Any, subject: Video | Channel, target: Target, profile: Profile | None, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self._subject, self._wanted = subject, (target.width, target.height)
        self.refused: Refused | None = None
        self.offer_finishing(profile, subject.owner)
        if not self.can_upscale:
            for name in OF_WORDS:
                del self.fields[name]

    @cached_property
    def begin(self) -> Reference | None:
        """The picture that is touched up, as the form stands now."""
        return self.reference("start")

    @cached_property
    def uncut(self) -> Reference | None:
        """The picture of which a part is to be chosen, or was; None where it has the target's shape."""
        whole = self.reference("whole") or self.begin
        return None if whole is None or fits(whole.size, self._wanted) else whole

    @property
    def is_cut(self) -> bool:
        """Whether what does not fit is still to be cut off."""
        return self.begin is not None and not fits(self.begin.size, self._wanted)

    @property
    def is_large(self) -> bool:
        """Whether it has so many pixels that a model would take more from it than it gives, and Lanczos is used."""
        if self.begin is None:
            return False
        width, height = self.begin.size
        wide, high = self._wanted
        kept = min(width, height * wide / high)  # of its width, once it is cropped to the target's shape
        return kept >= NEARLY * wide

    def typed(self) -> dict[str, Any]:
        """What stands in the form now, as the beginning of another."""
        return {name: self[name].value() for name in self.fields}

    def without(self, *names: str) -> dict[str, Any]:
        """The same but for these fields."""
        return {name: value for name, value in self.typed().items() if name not in names}

    def clean(self) -> dict[str, Any]:
        """A picture must be there, and something to do with it. Banned content is refused before it is queued."""
        values = super().clean()
        prompt, negative = values.get("prompt", ""), values.get("negative", "")
        self.refused = refused((*said("prompt", prompt, ""), *said("negative", negative, "")), self._subject.owner.pk)
        if self.refused:
            self.add_error("prompt", self.refused.error)
        if self.begin is None:
            raise ValidationError(
                _("The picture to touch up cannot be used any more. Choose it again."), code="reference_lost"
            )
        if self._way == EnlargeBy.MODEL and not self.is_large and min(self.begin.size) < LEAST_SIDE:
            problem = explain("picture_too_small", {"least": LEAST_SIDE})
            raise ValidationError(str(problem), code=problem.code)
        if self.begin.size == self._wanted and self.uncut is None and self.restyle_by is None:
            raise ValidationError(
                _("The picture has exactly these pixels already. Choose a style, or another picture."), code="nothing"
            )
        return values

    def save(self, target: str) -> GenerationRequest | None:
        """Queue the request, or return the one that this form made before; None where the id is somebody else's.

        Raises ``ExpectedError`` where it is more than the person may ask for. Other values make another request.
        """
        values, owner = self.cleaned_data, self._subject.owner
        asked = {
            "target": target,
            "tool": Tool.TOUCH_UP,
            "prompt": values.get("prompt", ""),
            "negative": values.get("negative", ""),
            "start": self.begin,
            **self.finished,
        }
        before = GenerationRequest.objects.filter(pk=values["id"]).first()
        if before and before.owner == owner and not _is_same(before, asked, values["seed"]):
            values["id"] = uuid.uuid4()
        seed = random_seed() if values["seed"] is None else values["seed"]
        defaults = {"owner": owner, "count": 1, "seed": seed, **asked, **subject_field(self._subject)}
        with transaction.atomic():
            request, created = GenerationRequest.objects.get_or_create(pk=values["id"], defaults=defaults)
            if created:
                quota.check(request)
                queue_or_hold(request)
        return request if request.owner == owner else None


def touched_up_of(asked: GenerationRequest) -> dict[str, object]:
    """All that an earlier request asked for, for the form; of any that painted, only what it made can be touched up."""
    words = {"start": asked.start_id, "prompt": asked.prompt, "negative": asked.negative, "seed": asked.seed}
    return words | finished_of(asked)


def _is_same(before: GenerationRequest, asked: dict[str, Any], seed: int | None) -> bool:
    return all(getattr(before, name) == value for name, value in asked.items()) and seed in (None, before.seed)
