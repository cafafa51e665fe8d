"""Asking for pictures: one's own words, what is not wanted, a style, how many, how carefully, and the seed."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

from django import forms
from django.db import transaction
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from generation import quota
from generation.forms.wearing import WearingForm
from generation.models import GenerationRequest
from generation.models.request import MAX_COUNT, MAX_PROMPT, MAX_SEED, MAX_STEPS, random_seed
from generation.models.subject import subject_field
from imagecreator.fields import TextField
from imagecreator.queue.changes import enqueue

if TYPE_CHECKING:
    from channels_app.models import Channel, Video
    from generation.engine import Profile
    from generation.models import PromptDraft


FINE, QUICK, SAME = "fine", "quick", "same"


class GenerateForm(WearingForm):
    """``id`` is chosen when the page is made, so that a form sent twice asks once.

    ``profile`` is the one in use; it may offer few steps to people in a hurry. ``steps`` come with the recipe of a
    picture that took another number of them: then that is one more choice. With neither there is nothing to choose.
    """

    id = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)
    prompt = TextField(
        label=_("Prompt"),
        max_length=MAX_PROMPT,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text=_(
            "What the picture shows, in English, most important first. About 75 words are read at once. "
            "(word:1.3) makes a word count more, (word:0.7) less."
        ),
    )
    negative = TextField(
        label=_("Negative prompt"),
        max_length=MAX_PROMPT,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("What the picture should not show."),
    )
    count = forms.TypedChoiceField(
        label=_("Pictures"),
        coerce=int,
        choices=[(number, str(number)) for number in range(1, MAX_COUNT + 1)],
        initial=MAX_COUNT,
        widget=forms.RadioSelect,
    )
    quality = forms.ChoiceField(
        label=_("Quality"),
        initial=FINE,
        required=False,
        widget=forms.RadioSelect,
        help_text=_("Quick paints in fewer steps: sooner, and with less care."),
    )
    steps = forms.IntegerField(min_value=1, max_value=MAX_STEPS, required=False, widget=forms.HiddenInput)
    seed = forms.IntegerField(
        label=_("Seed"),
        min_value=0,
        max_value=MAX_SEED,
        required=False,
        help_text=_("The same seed paints the same picture. Leave it empty for a new one."),
    )

    def __init__(self, *args: Any, profile: Profile | None = None, **kwargs: Any) -> None:
        super().__init__(*args, profile=profile, **kwargs)
        steps = self._brought_steps()
        if steps is None:
            del self.fields["steps"]
        quick_steps = profile.quick_steps if profile else None
        qualities = [
            (FINE, _("Fine")),
            *([(QUICK, _("Quick"))] if quick_steps else []),
            *([(SAME, ngettext("%(steps)s step", "%(steps)s steps", steps) % {"steps": steps})] if steps else []),
        ]
        self.fields["quality"].choices = qualities  # type: ignore[attr-defined]
        if quick_steps is None:
            self.fields["quality"].help_text = ""
        if len(qualities) == 1:
            del self.fields["quality"]

    def save_for(self, subject: Video | Channel, target: str, draft: PromptDraft | None) -> GenerationRequest | None:
        """Queue the request, or return the one that this form made before; None where the id is somebody else's.

        Raises ``ExpectedError`` where it is more than the person may ask for.

        A page that a browser kept and a person changed has the old id, too: other words make another request.
        """
        values = self.cleaned_data
        seed = values["seed"]
        before = GenerationRequest.objects.filter(pk=values["id"]).first()
        if before and before.owner == subject.owner and not self._asks_the_same(before, target):
            values["id"] = uuid.uuid4()
        composed = self.composed
        with transaction.atomic():
            request, created = GenerationRequest.objects.get_or_create(
                pk=values["id"],
                defaults={
                    "owner": subject.owner,
                    "target": target,
                    "draft": draft,
                    "prompt": composed.prompt,
                    "negative": composed.negative,
                    "own_prompt": values["prompt"],
                    "own_negative": values["negative"],
                    "style_key": values["style"],
                    "modifier_keys": [modifier.key for modifier in self.chosen_modifiers],
                    "loras": self.notes,
                    "count": values["count"],
                    "seed": random_seed() if seed is None else seed,
                    "steps_asked": self._steps(),
                    **subject_field(subject),
                },
            )
            if created:
                quota.check(request)
                enqueue(request)
        return request if request.owner == subject.owner else None

    def _brought_steps(self) -> int | None:
        """The number in the hidden field, as it came from a recipe or comes back with the form."""
        brought = str(self.data.get("steps", "") if self.is_bound else self.initial.get("steps", ""))
        is_number = brought.isascii() and brought.isdigit() and len(brought) < 5
        return int(brought) if is_number and 1 <= int(brought) <= MAX_STEPS else None

    def _steps(self) -> int | None:
        """How many steps, where it is not for the profile to say."""
        quality = self.cleaned_data.get("quality", FINE)
        if quality == SAME:
            steps: int | None = self.cleaned_data.get("steps")
            return steps
        if self.profile is None:
            return None
        if quality == QUICK:
            return self.profile.quick_steps
        style = self.chosen_style
        steps = style.steps_of(self.profile.steps) if style else self.profile.steps
        return None if steps == self.profile.steps else steps

    def _asks_the_same(self, before: GenerationRequest, target: str) -> bool:
        values, composed = self.cleaned_data, self.composed
        return (
            before.target == target
            and (before.prompt, before.negative) == (composed.prompt, composed.negative)
            and (before.style_key, before.count) == (values["style"], values["count"])
            and (before.steps_asked, before.loras) == (self._steps(), self.notes)
            and values["seed"] in (None, before.seed)
        )
