"""What the rules say of a request's words: when it is asked for, and again when a worker has it, for rules change."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from generation.english import to_english
from generation.models import Lora
from generation.models.rule import rules_in_force
from generation.rules import Action
from imagecreator.errors import ExpectedError
from imagecreator.queue.changes import enqueue, hold

if TYPE_CHECKING:
    from collections.abc import Iterator

    from generation.models import GenerationRequest
    from generation.rules import Hit


@dataclass(frozen=True)
class Words:
    """A text of a request. ``field`` says which: prompt, negative or lora."""

    field: str
    text: str


@dataclass(frozen=True)
class Found:
    """The gravest hit in a request's words, and what is to be done about it."""

    words: Words
    hit: Hit

    @property
    def action(self) -> Action:
        """Of its rule."""
        return self.hit.rule.action


def words_of(request: GenerationRequest) -> Iterator[Words]:
    """All that a request says, as the person wrote it and as the model is given it."""
    for field, typed, given in (
        ("prompt", request.own_prompt, request.prompt),
        ("negative", request.own_negative, request.negative),
    ):
        for text in dict.fromkeys([typed, given, to_english(given).text]):
            if text:
                yield Words(field, text)
    keys = [note["key"] for note in request.loras if note["weight"]]
    for lora in Lora.objects.filter(key__in=keys).order_by("key"):
        yield Words("lora", ", ".join([lora.name_en, lora.name_ru, *map(str, lora.trigger_words)]))


def digest(request: GenerationRequest) -> str:
    """A fingerprint of its words: what a moderator approved is not asked about again, until it says something else."""
    said = "\0".join(f"{words.field}:{words.text}" for words in words_of(request))
    return hashlib.sha256(said.encode()).hexdigest()


def look_at(request: GenerationRequest) -> Found | None:
    """The gravest hit of the rules in force, if there is one."""
    rules = rules_in_force()
    found = [
        Found(words, hit)
        for words in words_of(request)
        if (hit := (rules.unwanted if words.field == "negative" else rules.wanted).judge(words.text).hit)
    ]
    return max(found, key=lambda one: one.action, default=None)


def is_approved(request: GenerationRequest) -> bool:
    """Whether a moderator approved these very words."""
    return bool(request.words_approved) and request.words_approved == digest(request)


def refuse_or_hold(request: GenerationRequest) -> Found | None:
    """What is worth a note, if anything. Raises ``ExpectedError``.

    "banned" where its words are refused, "held_words" where a moderator must look at them first and has not.
    """
    found = look_at(request)
    if found is None or found.action < Action.HOLD or is_approved(request):
        return found
    raise ExpectedError("banned" if found.action == Action.REFUSE else "held_words", term=found.hit.term)


def queue_or_hold(request: GenerationRequest) -> None:
    """Wake a worker for a request that has just been written as queued, or hold it for a moderator.

    Call it in the transaction that made it: raises ``ExpectedError("banned")`` where its words are refused.
    """
    try:
        refuse_or_hold(request)
    except ExpectedError as problem:
        if problem.code != "held_words":
            raise
        hold(request, problem)
    else:
        enqueue(request)
