"""The part of the generate form that chooses a style and modifiers, and says what becomes of the words with them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from generation.english import to_english
from generation.models import Modifier, Style
from generation.models.request import MAX_PROMPT
from generation.rules import Action
from generation.screening import Words, look_at, said
from generation.styles import Composed, StyleWords, compose
from imagecreator.errors import ExpectedError
from imagecreator.words import clean_text

if TYPE_CHECKING:
    from collections.abc import Iterable

    from channels_app.models import Channel
    from generation.screening import Found

SHOWN = 9  # styles beside "no style"; the others are behind a fold


@dataclass(frozen=True)
class Chips:
    """The modifiers of one group."""

    label: str
    modifiers: list[Modifier]


class StylingForm(forms.Form):
    """Fields ``style`` and ``modifiers``, whose values are keys. Needs fields ``prompt`` and ``negative`` beside them.

    ``channel`` is whose favourites come first.
    """

    style = forms.ChoiceField(
        label=_("Style"),
        required=False,
        error_messages={"invalid_choice": _("This style is no longer offered. Choose another one.")},
    )
    modifiers = forms.MultipleChoiceField(
        label=_("Modifiers"),
        required=False,
        error_messages={"invalid_choice": _("One of these modifiers is no longer offered. Look at them again.")},
    )

    def __init__(self, *args: Any, channel: Channel | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.refused: Refused | None = None
        self._person = channel.owner_id if channel else 0
        self.styles = Style.objects.offered(channel)
        self.offered_modifiers = Modifier.objects.offered()
        self.fields["style"].choices = [(style.key, style.name) for style in self.styles]  # type: ignore[attr-defined]
        self.fields["modifiers"].choices = [  # type: ignore[attr-defined]
            (modifier.key, modifier.name) for modifier in self.offered_modifiers
        ]

    @property
    def chosen_style(self) -> Style | None:
        """The style that is chosen now, if it is offered."""
        key = self["style"].value()
        return next((style for style in self.styles if style.key == key), None)

    @property
    def chosen_modifiers(self) -> list[Modifier]:
        """The modifiers that are chosen now and offered, in the order of the page."""
        keys = self["modifiers"].value() or []
        return [modifier for modifier in self.offered_modifiers if modifier.key in keys]

    @property
    def is_missing_something(self) -> bool:
        """Whether what the form begins with names a style or modifiers that are no longer offered."""
        keys = self.initial.get("modifiers") or []
        has_style = not self.initial.get("style") or self.chosen_style is not None
        return not self.is_bound and not (has_style and len(keys) == len(self.chosen_modifiers))

    @property
    def first_styles(self) -> list[Style]:
        """The styles that are seen at once."""
        return self.styles[:SHOWN]

    @property
    def more_styles(self) -> list[Style]:
        """The styles behind the fold."""
        return self.styles[SHOWN:]

    @property
    def chips(self) -> Iterable[Chips]:
        """The modifiers group by group; a group without any is left out."""
        for group in Modifier.Group:
            if of_group := [modifier for modifier in self.offered_modifiers if modifier.group == group]:
                yield Chips(str(group.label), of_group)

    @property
    def own_prompt(self) -> str:
        """The person's own words, as they stand in the form now."""
        return clean_text(str(self["prompt"].value() or ""))

    @property
    def composed(self) -> Composed:
        """What the model is given, in English, by what stands in the form now, whether or not it may be asked for."""
        own, negative = to_english(self.own_prompt), to_english(clean_text(str(self["negative"].value() or "")))
        style = self.chosen_style.style_words if self.chosen_style else None
        if style:
            style = StyleWords(to_english(style.template).text, to_english(style.negative).text)
        words = [to_english(modifier.words).text for modifier in self.chosen_modifiers]
        composed = compose(own.text, negative.text, style, words)
        unknown = dict.fromkeys([*own.unknown, *negative.unknown])
        return replace(composed, is_translated=own.text != self.own_prompt, unknown=tuple(unknown))

    def typed(self) -> dict[str, Any]:
        """What stands in the form now, as the beginning of another."""
        return {name: self[name].value() for name in self.fields}

    def merged(self) -> dict[str, Any]:
        """The same, with the final prompt as the person's own words and neither style nor modifiers."""
        final = self.composed
        return self.typed() | {"prompt": final.prompt, "negative": final.negative, "style": "", "modifiers": []}

    def clean(self) -> dict[str, Any]:
        """Refuse what a style or modifiers make banned or too long."""
        values: dict[str, Any] = super().clean() or self.cleaned_data
        if "prompt" in values and "negative" in values:
            try:
                _says_something(self.own_prompt)
                self._screen(values["prompt"], values["negative"])
                for text in (self.composed.prompt, self.composed.negative):
                    _short_enough(text)
            except ValidationError as refusal:
                self.add_error("prompt", refusal)
        return values

    def _screen(self, prompt: str, negative: str) -> None:
        """Refuse banned content before it is queued, with the term. What the rules only hold is held when asked for."""
        final = self.composed
        words = (*said("prompt", prompt, final.prompt), *said("negative", negative, final.negative))
        self.refused = refused(words, self._person)
        if self.refused:
            raise self.refused.error


@dataclass(frozen=True)
class Refused:
    """Words that may not be asked for: all that was said, and the hit."""

    words: tuple[Words, ...]
    found: Found

    @property
    def error(self) -> ValidationError:
        """For the form, with the term and the way to object."""
        problem = ExpectedError("banned", term=self.found.hit.shown).problem
        way = _("If it should be allowed, object to it: “What was held” in your account's menu.")
        return ValidationError(f"{problem} {way}", code="banned")


def refused(words: tuple[Words, ...], person: int) -> Refused | None:
    """What the rules refuse of this person's words, if anything."""
    found = look_at(words, person)
    return Refused(words, found) if found and found.action == Action.REFUSE else None


def _says_something(own: str) -> None:
    if own and not to_english(own).text.strip(" ,.;:!?"):
        raise ValidationError(
            _("None of these words could be put into English. Say in English what the picture shows."), code="unknown"
        )


def _short_enough(text: str) -> None:
    if len(text) > MAX_PROMPT:
        raise ValidationError(
            _("With its style and modifiers it has %(has)s characters; at most %(most)s are allowed. Write less."),
            code="too_long",
            params={"has": len(text), "most": MAX_PROMPT},
        )
