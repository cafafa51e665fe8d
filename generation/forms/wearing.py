"""The part of the generate form that chooses LoRAs, and how strongly each is used; a style may put on others."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from generation.emphasis import plain
from generation.engine.jobs import MOST_WEIGHT
from generation.forms.lora_choice import Choice, LorasInput, Worn, bad_weight, number_in, shown, weight_in
from generation.forms.lora_matching import untagged
from generation.forms.styling import StylingForm, refused
from generation.loras.worn import sorted_out
from generation.models import Lora
from generation.screening import said_by
from imagecreator.errors import explain
from imagecreator.words import clean_text

if TYPE_CHECKING:
    from channels_app.models import Channel
    from generation.engine import Profile
    from generation.forms.lora_matching import Tagged

MOST_LORAS = 5  # that a person may choose at once
STEP = 0.05  # of the slider; a number between its places may be typed
SEARCHED = 8  # LoRAs that are seen at a glance; of more one is searched for


class WearingForm(StylingForm):
    """Field ``loras``, whose value is a table of weights by key. Needs a field ``prompt`` beside it.

    ``profile`` is what paints: only LoRAs that fit it can be chosen, of those offered to the owner of ``channel``.
    """

    loras = forms.Field(label=_("LoRAs"), required=False, widget=LorasInput)

    most_weight, weight_step = f"{MOST_WEIGHT:g}", str(STEP)  # as HTML writes numbers, in every language

    def __init__(
        self, *args: Any, channel: Channel | None = None, profile: Profile | None = None, **kwargs: Any
    ) -> None:
        super().__init__(*args, channel=channel, **kwargs)
        self.profile = profile
        offered = Lora.objects.offered(channel.owner if channel else AnonymousUser())
        self.wearable, self.unfit = sorted_out(offered, profile)

    @property
    def chosen_loras(self) -> list[Worn]:
        """The person's own choice: what is ticked, and what is named by tags in the prompt."""
        tagged = {lora.key: weight for lora, weight in self._tagged.known}
        weights = (self["loras"].value() or {}) | tagged
        return [Worn(lora, weight_in(weights[lora.key], lora.weight)) for lora in self.wearable if lora.key in weights]

    @cached_property
    def of_style(self) -> tuple[list[Worn], list[str]]:
        """What the style puts on, but for what was chosen anyway; and the names of what it cannot put on here.

        Of the LoRAs that came with the project nobody needs to hear that they are for the preview model.
        """
        chosen = {worn.lora.pk for worn in self.chosen_loras}
        put_on, left_out = [], []
        style = self.chosen_style
        for row in style.loras.select_related("lora").order_by("lora__order", "pk") if style else ():
            if row.lora not in self.wearable:
                left_out += [] if row.lora.in_project else [row.lora.name]
            elif row.lora.pk not in chosen:
                put_on.append(Worn(row.lora, row.weight, own=False))
        return put_on, left_out

    @property
    def worn(self) -> list[Worn]:
        """All that the picture will be painted with; of what has no weight that can be used, nobody can say."""
        unclear = {choice.lora.pk for choice in self.lora_choices if choice.is_wrong}
        return [*(worn for worn in self.chosen_loras if worn.lora.pk not in unclear), *self.of_style[0]]

    @property
    def notes(self) -> list[dict[str, object]]:
        """What the request keeps of them."""
        return [worn.note for worn in self.worn]

    @property
    def silent(self) -> list[Worn]:
        """The LoRAs that wait for a word: they have trigger words, and the final prompt has none of them."""
        prompt = plain(self.composed.prompt).casefold()
        return [
            worn
            for worn in self.worn
            if worn.weight
            and worn.lora.trigger_words
            and not any(str(word).casefold() in prompt for word in worn.lora.trigger_words)
        ]

    @property
    def unknown_tags(self) -> list[str]:
        """Names in tags in the prompt that no LoRA has here."""
        return self._tagged.unknown

    @property
    def wrong_weights(self) -> list[ValidationError]:
        """What there is to say of weights that cannot be used, in the form and in tags."""
        typed = self["loras"].value() or {}
        asked = [(lora, typed[lora.key]) for lora in self.wearable if lora.key in typed] + self._tagged.known
        return [bad_weight(lora) for lora, weight in asked if number_in(weight, lora.weight) is None]

    @property
    def lora_choices(self) -> list[Choice]:
        """All that can be chosen, the chosen ones first."""
        weights = self["loras"].value() or {}
        choices = []
        for lora in self.wearable:
            weight = weights.get(lora.key, "")
            is_wrong = number_in(weight, lora.weight) is None
            choices.append(Choice(lora, lora.key in weights, shown(weight, lora.weight), is_wrong))
        return sorted(choices, key=lambda choice: not choice.is_chosen)

    @property
    def is_searched(self) -> bool:
        """Whether there are so many that the page has a search."""
        return len(self.wearable) > SEARCHED

    @property
    def missing_loras(self) -> list[str]:
        """The LoRAs that the form begins with and that cannot be chosen (any more), by name."""
        there = {lora.key for lora in self.wearable}
        gone = [key for key in (self.initial.get("loras") or {}) if key not in there and not self.is_bound]
        known = {lora.key: lora.name for lora in Lora.objects.filter(key__in=gone)} if gone else {}
        return [known.get(key, key) for key in gone]

    @property
    def own_prompt(self) -> str:
        """The person's own words, without the tags that mean LoRAs."""
        return self._tagged.prompt

    def typed(self) -> dict[str, Any]:
        """What stands in the form now; what was named by a tag is chosen instead."""
        if not self._tagged.known:
            return super().typed()
        weights = (self["loras"].value() or {}) | {lora.key: weight for lora, weight in self._tagged.known}
        return super().typed() | {"prompt": self._with_unknown(self.own_prompt), "loras": weights}

    def merged(self) -> dict[str, Any]:
        """With the style's words comes what the style puts on."""
        merged = super().merged()
        weights = {worn.lora.key: worn.weight for worn in self.worn}
        return merged | {"prompt": self._with_unknown(merged["prompt"]), "loras": weights}

    def clean_prompt(self) -> str:
        """Take tags out, and refuse those that no LoRA is known by."""
        if self.unknown_tags:
            raise ValidationError(
                _("No LoRA here is called “%(name)s”: take <lora:…> out of the prompt, and choose one below."),
                code="unknown_lora",
                params={"name": self.unknown_tags[0]},
            )
        self.cleaned_data["prompt"] = self.own_prompt
        if not self.own_prompt:
            raise ValidationError(self.fields["prompt"].error_messages["required"], code="required")
        return self.own_prompt

    def clean_loras(self) -> dict[str, object]:
        """Refuse what is not offered, does not fit, is too much at once, or has a weight that paints only noise."""
        weights: dict[str, object] = self.cleaned_data["loras"] or {}
        there = {lora.key: lora for lora in self.wearable}
        unfit = {lora.key: (lora, refusal) for lora, refusal in self.unfit}
        for key in weights:
            if key in unfit:
                lora, refusal = unfit[key]
                problem = explain(refusal.code, refusal.values)
                raise ValidationError(f"{lora.name}: {problem.what}", code=refusal.code)
            if key not in there:
                raise ValidationError(
                    _("One of these LoRAs is no longer offered. Look at them again."), code="invalid_choice"
                )
        if self.wrong_weights:
            raise self.wrong_weights[0]
        if (number := len(self.chosen_loras)) > MOST_LORAS:
            raise ValidationError(
                _("At most %(most)s LoRAs can be used at once; you chose %(number)s."),
                code="too_many",
                params={"most": MOST_LORAS, "number": number},
            )
        return weights

    def clean(self) -> dict[str, Any]:
        """Refuse a LoRA by its own words, too: whoever chose it may not know them."""
        values = super().clean()
        for worn in () if self.refused else self.worn:
            if worn.weight and (found := refused((said_by(worn.lora),), self._person)):
                self.refused = found
                refusal = _(
                    "The LoRA “%(name)s” has words that may not be painted here: “%(term)s”. Take it off, or object "
                    "to it: “What was held” in your account's menu."
                )
                names = {"name": worn.lora.name, "term": found.found.hit.shown}
                self.add_error("loras", ValidationError(refusal, code="banned", params=names))
                break
        return values

    def _with_unknown(self, prompt: str) -> str:
        """With the tags that mean nothing here, to be corrected."""
        return prompt + "".join(f" <lora:{name}>" for name in self.unknown_tags)

    @cached_property
    def _tagged(self) -> Tagged:
        return untagged(clean_text(str(self["prompt"].value() or "")), self.wearable)
