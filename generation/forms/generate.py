"""Asking for pictures: one's own words, what is not wanted, a style, how many, how carefully, and the seed."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

from django import forms
from django.db import transaction
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from generation import quota
from generation.engine.tokens import counted, open_tokenizer
from generation.forms.finishing import FinishingForm
from generation.forms.guiding import GuidingForm
from generation.forms.writing import WritingForm
from generation.models import GenerationRequest
from generation.models.paces import pace_key
from generation.models.request import MAX_COUNT, MAX_PROMPT, MAX_SEED, MAX_STEPS, Mode, random_seed
from generation.models.subject import subject_field
from generation.moderation import queue_or_hold
from imagecreator.fields import TextField
from imagecreator.queue.models import Measured
from imagecreator.queue.models.history import seconds_for

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

    from channels_app.models import Channel, Video
    from generation.engine import Profile
    from generation.engine.tokens import Count
    from generation.models import PromptDraft


SAME = "same"  # beside the modes: the number of steps that came with a recipe


class GenerateForm(WritingForm, FinishingForm, GuidingForm):
    """``id`` is chosen when the page is made, so that a form sent twice asks once.

    ``profile`` is the one in use, with its modes. ``steps`` come with the recipe of a picture that took another number
    of them than any mode: then that is one more choice, and ``steps_mode`` says which mode it is like in all the rest.
    Where there is one choice, there is nothing to choose. ``target`` is what will be painted: how long it takes depends
    on it.
    """

    id = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)
    prompt = TextField(
        label=_("Prompt"),
        max_length=MAX_PROMPT,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text=_(
            "What the picture shows, in English or Russian, most important first. About 75 words are read at once. "
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
    mode = forms.ChoiceField(label=_("Speed"), initial=Mode.STANDARD, required=False, widget=forms.RadioSelect)
    steps = forms.IntegerField(min_value=1, max_value=MAX_STEPS, required=False, widget=forms.HiddenInput)
    steps_mode = forms.ChoiceField(choices=Mode, required=False, widget=forms.HiddenInput)
    seed = forms.IntegerField(
        label=_("Seed"),
        min_value=0,
        max_value=MAX_SEED,
        required=False,
        help_text=_("The same seed paints the same picture. Leave it empty for a new one."),
    )

    def __init__(self, *args: Any, profile: Profile | None = None, **kwargs: Any) -> None:
        super().__init__(*args, profile=profile, **kwargs)
        self.offer_finishing(profile, self._owner)
        steps = self._brought_steps()
        if steps is None:
            del self.fields["steps"], self.fields["steps_mode"]
        choices = [
            *((name, Mode(name).label) for name in (profile.offered if profile else (Mode.STANDARD,))),
            *([(SAME, ngettext("%(steps)s step", "%(steps)s steps", steps) % {"steps": steps})] if steps else []),
        ]
        self.fields["mode"].choices = choices  # type: ignore[attr-defined]
        if len(choices) == 1:
            del self.fields["mode"]

    @property
    def paces(self) -> list[tuple[StrOrPromise, float]]:
        """The choices with the seconds that so many pictures take, of those where something like it was measured."""
        if self.profile is None or "mode" not in self.fields:
            return []
        wanted = str(self["count"].value())
        number = int(wanted) if wanted in [str(one) for one in range(1, MAX_COUNT + 1)] else MAX_COUNT
        asked = [
            (label, pace_key(self.profile, self.target, *self._asked(name), self.way) + self.after)
            for name, label in self.fields["mode"].choices  # type: ignore[attr-defined]
        ]
        asked = [(label, f"{GenerationRequest.kind()} {key}") for label, key in asked]
        times = Measured.objects.table(*(key for _label, key in asked))
        found = [(label, seconds_for(times.get(key, {}), number)) for label, key in asked]
        return [(label, seconds) for label, seconds in found if seconds is not None]

    @property
    def tokens(self) -> Count | None:
        """The tokens of the final prompt, as the model reads it; None where its tokenizer is not here."""
        tokenizer = open_tokenizer(self.profile.folder / "tokenizer") if self.profile else None
        return counted(tokenizer, self.composed.prompt) if tokenizer else None

    def save_for(self, subject: Video | Channel, target: str, draft: PromptDraft | None) -> GenerationRequest | None:
        """Queue the request, or return the one that this form made before; None where the id is somebody else's.

        Raises ``ExpectedError`` where it is more than the person may ask for.

        A page that a browser kept and a person changed has the old id, too: other words make another request.
        """
        values = self.cleaned_data
        seed = values["seed"]
        mode, steps = self._asked(values.get("mode") or Mode.STANDARD)
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
                    **self.begun,
                    **self.finished,
                    "count": values["count"],
                    "seed": random_seed() if seed is None else seed,
                    "mode": mode,
                    "steps_asked": steps,
                    **subject_field(subject),
                },
            )
            if created:
                if uses := self.uses:
                    request.follow(uses)
                quota.check(request)
                queue_or_hold(request)
        return request if request.owner == subject.owner else None

    def _brought_steps(self) -> int | None:
        """The number in the hidden field, as it came from a recipe or comes back with the form."""
        brought = str(self.data.get("steps", "") if self.is_bound else self.initial.get("steps", ""))
        is_number = brought.isascii() and brought.isdigit() and len(brought) < 5
        return int(brought) if is_number and 1 <= int(brought) <= MAX_STEPS else None

    def _asked(self, choice: str) -> tuple[str, int | None]:
        """The mode that a choice stands for, and how many steps, where it is not for the mode to say."""
        if choice == SAME:
            return self["steps_mode"].value() or Mode.STANDARD, self._brought_steps()
        style = self.chosen_style
        if choice == Mode.FAST or style is None or self.profile is None:
            return choice, None
        own = self.profile.mode(choice)[1].steps
        steps = style.steps_of(own)
        return choice, None if steps == own else steps

    def _asks_the_same(self, before: GenerationRequest, target: str) -> bool:
        values, composed = self.cleaned_data, self.composed
        return (
            before.target == target
            and (before.prompt, before.negative) == (composed.prompt, composed.negative)
            and (before.style_key, before.count) == (values["style"], values["count"])
            and (before.mode, before.steps_asked) == self._asked(values.get("mode") or Mode.STANDARD)
            and before.loras == self.notes
            and all(getattr(before, name) == value for name, value in (self.begun | self.finished).items())
            and self.follows_the_same(list(before.guides.select_related("guide")))
            and values["seed"] in (None, before.seed)
        )
