"""The form for prompts: subject, doing what, where, light and mood, palette, style, quality words.

Filled from the title, captions and measured facts; what is unknown is left out and nothing is invented.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from generation import form_words as form
from generation.budget import TOKENS, estimate_tokens
from generation.persons import names_people, without_people
from generation.sentences import is_english, scenes
from generation.words import key_words, phrases, says_much, shorten, without_preposition

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from generation.budget import Count
    from generation.facts import Facts

    MaySay = Callable[[str], bool]

Variation = Literal["literal", "dramatic", "minimal"]
VARIATIONS: tuple[Variation, ...] = ("literal", "dramatic", "minimal")

TOKENS_OF_TITLE = 32
TOKENS_OF_CAPTION = 28
TOKENS_OF_SCENE = 24
KEY_WORDS = 3
OF_LIGHT, OF_PALETTE = 4, 6  # the importance of what a language model says of them: see engine.language.answer
TITLES = 2  # of a channel's latest videos

COMPOSITIONS: Mapping[Variation, dict[str, str]] = {
    "literal": form.COMPOSITION,
    "dramatic": form.DRAMATIC,
    "minimal": form.MINIMAL,
}


@dataclass(frozen=True)
class Material:
    """What people wrote, in any length (English, or what was made English), and what is seen, most telling first.

    A channel has the titles of its latest videos besides its own name and description.
    """

    title: str
    description: str
    kind: str  # the target's key; one that COMPOSITION does not know gets no words of its own
    captions: tuple[str, ...] = ()
    titles: tuple[str, ...] = ()
    title_allowed: bool = False  # by a moderator, although a rule refuses it


@dataclass(frozen=True)
class Written:
    """Prompts of at most 75 CLIP tokens each, and what the picture should not be. ``prompt`` is the literal one."""

    prompt: str
    negative: str
    variations: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class _Part:
    """A piece of the prompt: 0 is the most important, and goes in first. One with ``most`` may be shortened to it."""

    importance: int
    text: str
    most: int = 0


def anything(_text: str) -> bool:
    """Where no rules are known."""
    return True


def write(
    material: Material, facts: Facts | None, count: Count = estimate_tokens, may_say: MaySay = anything
) -> Written:
    """Fill the form three times: as it is, dramatic, and with little.

    Only Latin words reach the prompts. ``count`` says how many tokens a text is. What does not fit is left out part by
    part, the least important first; nothing is cut within a word, or in the middle of a phrase that can end earlier.
    """
    parts = list(_parts(material, facts, count, may_say))
    light = list(_light(facts)) if facts and material.kind not in form.EMBLEMS else []
    subject = [part for part in parts if part.importance < 2] or parts[:1]
    chosen: dict[str, list[_Part]] = {
        "literal": [*parts, *light],
        "dramatic": [*parts, *(part for part in light if part.text not in form.NOT_DRAMATIC)],
        "minimal": subject,
    }
    colours = list(_colours(facts)) if facts else []
    prompts: dict[str, str] = {
        variation: _filled([*chosen[variation], *colours, *_ending(material.kind, variation)], count)
        for variation in VARIATIONS
    }
    return Written(prompts["literal"], negative_of(facts), prompts)


def negative_of(facts: Facts | None) -> str:
    """What no picture of a video with these facts should be."""
    without_colour = facts is not None and facts.black_and_white
    return f"{form.NEGATIVE}, {form.NEGATIVE_WITHOUT_COLOUR}" if without_colour else form.NEGATIVE


def from_phrases(ranked: Sequence[tuple[int, str]], kind: str, facts: Facts | None, count: Count) -> dict[str, str]:
    """The variations of what a language model wrote: phrases in their order, each with its importance, 0 first.

    What it says of light (``OF_LIGHT``) gives way to the dramatic one's, and of colours (``OF_PALETTE``) where the film
    has none.
    """
    is_grey = facts is not None and facts.black_and_white
    parts = [_Part(importance, text) for importance, text in ranked if not (is_grey and importance == OF_PALETTE)]
    chosen: dict[str, list[_Part]] = {
        "literal": parts,
        "dramatic": [part for part in parts if part.importance != OF_LIGHT],
        "minimal": [part for part in parts if part.importance < 2],
    }
    film = [_Part(1, form.BLACK_AND_WHITE)] if is_grey else []
    return {name: _filled([*chosen[name], *film, *_ending(kind, name)], count) for name in VARIATIONS}


def fact_words(facts: Facts) -> tuple[str, ...]:
    """What was measured, in the words of the form."""
    people = [form.PEOPLE[facts.people]] if facts.people in form.PEOPLE else []
    motion = [form.MOTION[facts.motion]] if facts.motion in form.MOTION else []
    return (*people, *motion, *(part.text for part in (*_light(facts), *_colours(facts))))


def _filled(parts: list[_Part], count: Count) -> str:
    """The parts that fit, in their order; those of less importance are tried after the others."""
    kept: dict[int, str] = {}

    def joined(at: int, text: str) -> str:
        return ", ".join(text for _, text in sorted((kept | {at: text}).items()))

    for at, part in sorted(enumerate(parts), key=lambda one: one[1].importance):
        if part.text.lower() in (text.lower() for text in kept.values()):
            continue
        text = part.text
        if count(joined(at, text)) > TOKENS and part.most:
            text = shorten(text, lambda short, at=at: count(joined(at, short)) <= TOKENS)  # type: ignore[misc]
        if text and count(joined(at, text)) <= TOKENS:
            kept[at] = text
    return ", ".join(kept[at] for at in sorted(kept))


def _parts(material: Material, facts: Facts | None, count: Count, may_say: MaySay) -> Iterator[_Part]:
    """What is to be seen, in the order of the form."""

    def short(text: str, most: int) -> str:
        return shorten(text, lambda one: count(one) <= most)

    named = map(without_preposition, phrases(material.title))
    title = [text for phrase in named if (text := short(phrase, TOKENS_OF_TITLE))]
    for importance, text in zip((0, 5, 6), title, strict=False):
        yield _Part(importance, text, TOKENS_OF_TITLE)
    said = [*title]
    for importance, caption in zip((1, 3, 4), material.captions, strict=False):
        seen = " ".join(phrases(caption))
        seen = without_people(seen) if names_people(" ".join(title)) else seen
        if (text := short(seen, TOKENS_OF_CAPTION)) and may_say(text):
            said.append(text)
            yield _Part(importance, text, TOKENS_OF_CAPTION)
    described = _described(material, may_say)
    for importance, scene in zip((4, 6), described, strict=False):
        if text := short(scene, TOKENS_OF_SCENE):
            said.append(text)
            yield _Part(importance, text, TOKENS_OF_SCENE)
    if material.kind not in form.EMBLEMS:
        for text in _latest(material, short, may_say):
            said.append(text)
            yield _Part(5, text, TOKENS_OF_SCENE)
    english = [material.description] if is_english(material.description) else []
    for word in key_words(". ".join([*english, *material.titles]), " ".join(said), KEY_WORDS):
        if may_say(word):
            yield _Part(7, word)
    if facts and material.kind not in form.EMBLEMS:
        people = form.PEOPLE.get(facts.people, "")
        if people and not any(map(names_people, said)):
            yield _Part(3, people)
        if facts.motion in form.MOTION:
            yield _Part(6, form.MOTION[facts.motion])


def _described(material: Material, may_say: MaySay) -> list[str]:
    """What a description says that the title does not."""
    if not is_english(material.description):
        return []
    title = set(material.title.lower().split())
    return [
        scene
        for scene in scenes(material.description)
        if may_say(scene) and any(says_much(word) and word.lower() not in title for word in scene.split())
    ]


def _latest(material: Material, short: Callable[[str, int], str], may_say: MaySay) -> Iterator[str]:
    """What the latest videos are about: the first phrase of each title."""
    for title in material.titles[:TITLES]:
        for phrase in phrases(title)[:1]:
            if (text := short(without_preposition(phrase), TOKENS_OF_SCENE)) and may_say(text):
                yield text


def _light(facts: Facts) -> Iterator[_Part]:
    tables = (
        (4, form.BRIGHTNESS, facts.brightness),
        (4, form.WARMTH, facts.warmth),
        (6, form.CONTRAST, facts.contrast),
    )
    for importance, words, fact in tables:
        if fact in words:
            yield _Part(importance, words[fact])


def _colours(facts: Facts) -> Iterator[_Part]:
    if facts.black_and_white:
        yield _Part(1, form.BLACK_AND_WHITE)
        return
    if facts.palette:
        yield _Part(2, f"{' and '.join(facts.palette)} colors")
    if facts.colourfulness >= form.VIVID:
        yield _Part(6, form.VIVID_COLOURS)
    elif facts.colourfulness < form.MUTED:
        yield _Part(6, form.MUTED_COLOURS)


def _ending(kind: str, variation: Variation) -> Iterator[_Part]:
    if composition := COMPOSITIONS[variation].get(kind):
        yield _Part(1, composition)
    yield _Part(5, form.QUALITY.get(kind, form.USUAL_QUALITY))
