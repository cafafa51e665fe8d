"""A style and modifiers around a person's own words: the final prompt, what it leaves out, and how long it may be.

The words themselves are rows that an operator edits; those that come with the project are in ``generation/data``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from generation.budget import TOKENS, estimate_tokens
from generation.emphasis import inside_weights
from generation.engine.jobs import MOST_WINDOWS
from generation.engine.tokenizer import EVERYDAY_WORDS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

PLACE = "{prompt}"  # where the own words stand in a template

Fault = Literal["no_place", "two_places", "braces"]

_PHRASE_END = re.compile(r"\s*[,;\n]+\s*|(?<=\w{3})[.!?]+\s+")
_WORD = re.compile(r"[a-z]+|[^a-z]+", re.IGNORECASE)
_LOOSE_END = " \t\r\n,;."

# Words of the styles that come with the project, each one token of CLIP's vocabulary (counted with its own tokenizer).
_WORDS_OF_STYLES = """
    above against aged blueprint blur blurred bold book brush bubble candlelight canvas cel centered chalk
    chrome clay clutter collage colored compressed contour cozy creepy crisp cross cubes cut cutout details dots
    drifting dust dutch dynamic edges energetic faded fantasy felt few figure fine flowing folded forms friendly
    geometric global glossy gouache grading grain grand graphite grid gritty handmade harsh haze illumination
    ink japanese key large layered layers left lens lights limited lines macro magic materials matte media messy
    miniature minimalist mist mixed natural needle noir noise nostalgic objects origami out outlines paint
    painted panel pencil perspective pigment pixel pixels plain plan playful pop print rays reflections
    repeating rice rich right rim rough rounded rule saturated scale screen seamless serene shading shallow
    shapes single skin smooth solid speech spotlight square stop strokes strong subject surroundings sweeping
    technical thick thin thirds through tidy tiny torn toys twilight visible visual wash washed washes wet wool
"""
_MORE_THAN_ONE = "backlit bokeh cyan deformed lamplight watermark"  # of the everyday words
_ONE_TOKEN = frozenset([*_WORDS_OF_STYLES.split(), *EVERYDAY_WORDS]) - frozenset(_MORE_THAN_ONE.split())


@dataclass(frozen=True)
class StyleWords:
    """A style's template, such as ``watercolor of {prompt}, soft washes``, and what it does not want to see."""

    template: str
    negative: str = ""


@dataclass(frozen=True)
class Composed:
    """What the model is given. ``tokens`` is an estimate, rather too high than too low."""

    prompt: str
    negative: str
    tokens: int
    is_translated: bool = False
    unknown: tuple[str, ...] = ()  # words that could not be put into English

    @property
    def is_too_long(self) -> bool:
        """Whether the model may not read its end."""
        return self.tokens > TOKENS * MOST_WINDOWS


def template_fault(template: str) -> Fault | None:
    """What is wrong with a template: it must have ``{prompt}`` exactly once, and no other brace."""
    places = template.count(PLACE)
    if places == 0:
        return "no_place"
    if places > 1:
        return "two_places"
    return "braces" if re.search(r"[{}]", template.replace(PLACE, "")) else None


def compose(own: str, negative: str, style: StyleWords | None = None, modifiers: Sequence[str] = ()) -> Composed:
    """Put ``own`` words into the style's template, and the modifiers' words behind; without either, change nothing.

    Models read some 75 tokens at once. Where it is more, the first phrases of the own words keep their place, the style
    and the modifiers follow, and the other phrases come last; nothing is left out. A phrase that is there already is
    not repeated.
    """
    if style is None and not modifiers:
        return Composed(own, negative, count_tokens(own))
    template = style.template if style else PLACE
    added = _not_yet(_phrases(modifiers), [*_phrases([template]), *_phrases([own])])
    left = TOKENS - count_tokens(template.replace(PLACE, "")) - sum(count_tokens(words) + 1 for words in added)
    first, rest = _split(own.strip(_LOOSE_END), left)
    prompt = ", ".join([template.replace(PLACE, first), *added, *rest])
    return Composed(prompt, _joined(negative, style.negative if style else ""), count_tokens(prompt))


def count_tokens(text: str) -> int:
    """Estimate CLIP's tokens: one for each everyday word, the form's estimate for any other."""
    return sum(1 if word.lower() in _ONE_TOKEN else estimate_tokens(word) for word in _WORD.findall(text))


def _split(own: str, left: int) -> tuple[str, list[str]]:
    """The phrases that fit into ``left`` tokens, as they were written, at least the first one; and the others.

    Words that a bracket weighs stay together.
    """
    end, after = 0, 0
    inside = inside_weights(own)
    for match in [*(match for match in _PHRASE_END.finditer(own) if not inside[match.start()]), None]:
        stop = match.start() if match else len(own)
        left -= count_tokens(own[after:stop])
        if left < 0 and end:
            break
        end, after = stop, stop
    return own[:end], _phrases([own[end:]])


def _joined(negative: str, more: str) -> str:
    added = _not_yet(_phrases([more]), _phrases([negative]))
    return ", ".join([text for text in [negative.strip(_LOOSE_END)] if text] + added)


def _phrases(texts: Iterable[str]) -> list[str]:
    return [phrase for text in texts for piece in _PHRASE_END.split(text) if (phrase := piece.strip(_LOOSE_END))]


def _not_yet(phrases: Iterable[str], known: Iterable[str]) -> list[str]:
    """``phrases`` without those that are in ``known`` or came before, whatever their case."""
    seen = {phrase.casefold() for phrase in known}
    new: dict[str, str] = {}
    for phrase in phrases:
        if phrase.casefold() not in seen:
            new.setdefault(phrase.casefold(), phrase)
    return list(new.values())
