"""What the rules say of words: when something is asked for, and again when a worker has it, for rules change."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from generation.english import to_english
from generation.models import Lora, Ruling
from generation.models.rule import rules_in_force
from generation.rules import Action

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from generation.models import GenerationRequest
    from generation.models.rule import Rules
    from generation.rules import Hit


@dataclass(frozen=True)
class Words:
    """A text of a request. ``field`` says which: prompt, negative or lora."""

    field: str
    text: str

    @property
    def sha256(self) -> str:
        """By which it is known that a moderator allowed it there: what is not wanted may be said, and not be wanted."""
        return hashlib.sha256(f"{self.field}\n{self.text}".encode()).hexdigest()


@dataclass(frozen=True)
class Found:
    """The gravest hit in some words, and what is to be done about it."""

    words: Words
    hit: Hit

    @property
    def action(self) -> Action:
        """Of its rule."""
        return self.hit.rule.action


def words_of(request: GenerationRequest) -> Iterator[Words]:
    """All that a request says, as the person wrote it and as the model is given it."""
    yield from said("prompt", request.own_prompt, request.prompt)
    yield from said("negative", request.own_negative, request.negative)
    keys = [note["key"] for note in request.loras if note["weight"]]
    for lora in Lora.objects.filter(key__in=keys).order_by("key"):
        yield said_by(lora)


def said_by(lora: Lora) -> Words:
    """Its names and the words that call it."""
    return Words("lora", ", ".join([lora.name_en, lora.name_ru, *map(str, lora.trigger_words)]))


def said(field: str, typed: str, given: str) -> Iterator[Words]:
    """A text as it was typed, with what a style adds, and as it is painted; each once."""
    for text in dict.fromkeys([typed, given, to_english(typed).text, to_english(given).text]):
        if text:
            yield Words(field, text)


def look_at(words: Iterable[Words], owner: int) -> Found | None:
    """The gravest hit of the rules in force, if there is one, but for what a moderator allowed this owner to say."""
    rules = rules_in_force()
    found = [Found(each, hit) for each in words for hit in hits_of(each, rules)]
    if grave := {one.words.sha256 for one in found if one.action >= Action.HOLD}:
        allowed = Ruling.objects.words_allowed(owner, grave)
        found = [one for one in found if (one.words.sha256, one.hit.rule.key) not in allowed]
    return max(found, key=lambda one: one.action, default=None)


def hits_of(words: Words, rules: Rules) -> tuple[Hit, ...]:
    """Every hit in them, the gravest first, whether it is allowed or not."""
    return (rules.unwanted if words.field == "negative" else rules.wanted).judge(words.text).hits
