"""The form for prompts: subject, doing what, where, light and mood, palette, style, quality words.

Filled from the title, captions and measured facts; what is unknown is left out and nothing is invented.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from generation.words import key_words, opening, phrases, shorten

if TYPE_CHECKING:
    from collections.abc import Iterator

    from generation.facts import Facts

TOKENS = 75  # CLIP reads 77, two of them mark start and end
WORDS_OF_TITLE = 10
TOKENS_OF_TITLE = 26
WORDS_OF_CAPTION = 16
TOKENS_OF_CAPTION = 28
KEY_WORDS = 3
VIVID, MUTED = 60.0, 15.0  # Facts.colourfulness

COMPOSITION = {
    "thumbnail": "one clear subject, striking composition",
    "avatar": "centered emblem, simple bold shape, plain background",
    "cover": "wide banner, calm center, open space",
}
EMBLEMS = ("avatar",)  # a sign, not a scene: of the facts only its colours are used
QUALITY = {"avatar": "clean lines, highly detailed"}
USUAL_QUALITY = "sharp focus, highly detailed"
NEGATIVE = "blurry, low quality, jpeg artifacts, text, watermark, deformed, cropped, cluttered"
NEGATIVE_WITHOUT_COLOUR = "colorful"

PEOPLE = {"one person": "one person", "people": "group of people"}
MOTION = {"still": "still scene", "fast": "fast motion"}
BRIGHTNESS = {"dark": "dark scene", "dim": "dim light", "bright": "bright light"}
WARMTH = {"warm": "warm tones", "cool": "cool tones"}
CONTRAST = {"high": "high contrast"}
BLACK_AND_WHITE = "black and white"

_PIECES = re.compile(r"[a-z]+|[0-9]|[^\sa-z0-9]", re.IGNORECASE)


@dataclass(frozen=True)
class Material:
    """What people wrote, in any language and length, and what a captioner saw (English)."""

    title: str
    description: str
    kind: str  # the target's key; one that COMPOSITION does not know gets no words of its own
    captions: tuple[str, ...] = ()


@dataclass(frozen=True)
class Written:
    """A prompt of at most 75 CLIP tokens, and what the picture should not be."""

    prompt: str
    negative: str


def write(material: Material, facts: Facts | None) -> Written:
    """Fill the form. Only Latin words reach the prompt; what does not fit is left out part by part, the least first."""
    parts: dict[str, int] = {}
    for importance, text in _parts(material, facts):
        parts.setdefault(text, importance)
    left = TOKENS
    kept = set()
    for text in sorted(parts, key=parts.__getitem__):
        cost = estimate_tokens(text) + 1  # and its comma
        if cost <= left:
            kept.add(text)
            left -= cost
    without_colour = facts is not None and facts.black_and_white
    return Written(
        prompt=", ".join(text for text in parts if text in kept),
        negative=f"{NEGATIVE}, {NEGATIVE_WITHOUT_COLOUR}" if without_colour else NEGATIVE,
    )


def estimate_tokens(text: str) -> int:
    """How many tokens CLIP's tokenizer makes of ``text``, start and end not counted; rather too many than too few.

    The form's own words are one token each. Of other words, CLIP's byte pairs (vocabulary of 49,408) hold at least
    three letters on average, fewer where vowels are rare; among 355,000 names of software this is too low for one in
    400, and for none of 20,000 titles of six such words. Digits and signs are one token each, other scripts one a byte.
    """
    return sum(_tokens(piece) for piece in _PIECES.findall(text))


def _tokens(piece: str) -> int:
    if not piece.isascii():
        return len(piece.encode(errors="replace"))
    if len(piece) == 1 or piece.lower() in _OWN_WORDS:
        return 1
    vowels = sum(char in "aeiouy" for char in piece.lower())
    return max(1 + math.ceil(len(piece) / 3), len(piece) - 2 * vowels)


def _parts(material: Material, facts: Facts | None) -> Iterator[tuple[int, str]]:
    """The parts in the order of the form, each with its importance (0 goes in first)."""
    title = [short for phrase in phrases(material.title) if (short := _within(phrase, WORDS_OF_TITLE, TOKENS_OF_TITLE))]
    yield from zip((0, 5, 6), title, strict=False)
    for caption in material.captions[:1]:
        if short := _within(" ".join(phrases(caption)), WORDS_OF_CAPTION, TOKENS_OF_CAPTION):
            yield 1, short
    if facts and material.kind not in EMBLEMS:
        yield from _known((3, PEOPLE, facts.people), (6, MOTION, facts.motion))
    seen = _within(opening(material.description), WORDS_OF_CAPTION, TOKENS_OF_TITLE)
    if seen:
        yield 4, seen
    for word in key_words(material.description, " ".join([*title, seen]), KEY_WORDS):
        yield 7, word
    if facts and material.kind not in EMBLEMS:
        yield from _known((4, BRIGHTNESS, facts.brightness), (4, WARMTH, facts.warmth), (6, CONTRAST, facts.contrast))
    if facts:
        yield from _colours(facts)
    if composition := COMPOSITION.get(material.kind):
        yield 2, composition
    yield 5, QUALITY.get(material.kind, USUAL_QUALITY)


def _known(*asked: tuple[int, dict[str, str], str]) -> Iterator[tuple[int, str]]:
    for importance, words, fact in asked:
        if fact in words:
            yield importance, words[fact]


def _colours(facts: Facts) -> Iterator[tuple[int, str]]:
    if facts.black_and_white:
        yield 1, BLACK_AND_WHITE
        return
    if facts.palette:
        yield 2, f"{' and '.join(facts.palette)} colors"
    if facts.colourfulness >= VIVID:
        yield 6, "vivid colors"
    elif facts.colourfulness < MUTED:
        yield 6, "muted colors"


def _within(phrase: str, words: int, tokens: int) -> str:
    while estimate_tokens(short := shorten(phrase, words)) > tokens:
        words -= 1
    return short


_OWN_WORDS = frozenset(
    " ".join(
        [*COMPOSITION.values(), *QUALITY.values(), USUAL_QUALITY, BLACK_AND_WHITE]
        + [words for table in (PEOPLE, MOTION, BRIGHTNESS, WARMTH, CONTRAST) for words in table.values()]
        + ["vivid muted colors red orange yellow green teal blue navy purple pink brown beige grey"]
        + ["the of in on at to for with from"]
    )
    .replace(",", "")
    .split()
)
