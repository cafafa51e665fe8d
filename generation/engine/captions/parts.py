"""One caption taken apart: its people, what they do, and the things, places and times it names."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from generation.engine.captions.grammar import (
    ARTICLES,
    FRAMES,
    GROUPS,
    JOINED,
    LINKS,
    NO_PARTICIPLES,
    NO_THINGS,
    NO_VERBS,
    NUMBERS,
    OWN,
    PEOPLE,
    PREPOSITIONS,
    STATES,
    TIMES,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

_OF_FRAMES = re.compile(rf"^(?:there (?:is|are) )?(?:(?:an?|the) )?(?:[\w-]+ ){{0,3}}?{FRAMES} of ")
_WORDS = re.compile(r"[a-z0-9][\w'-]*|[,.;:]")


@dataclass(frozen=True)
class Part:
    """A part of a caption. Parts of one `key` are the same thing in other words; `text` is how to say it."""

    role: Literal["people", "action", "thing"]
    key: str
    text: str


@dataclass(frozen=True)
class _Chunk:
    """Words up to the next preposition, verb or stop, and what led there: one of those, or nothing."""

    lead: str
    words: tuple[str, ...]


def taken_apart(caption: str) -> list[Part]:
    """The parts in the order of the caption."""
    parts: list[Part] = []
    chunks = list(_chunks(caption))
    for number, chunk in enumerate(chunks):
        if _is_verb(chunk.lead) and chunk.lead not in STATES:
            parts.append(_action(chunk, chunks[number + 1] if number + 1 < len(chunks) else None))
        part = _named(chunk)
        if part is None:
            continue
        before = parts[-1] if parts else None
        if chunk.lead == "and" and before and before.role == part.role == "people":
            parts[-1] = Part("people", f"{before.key} and {part.key}", f"{before.text} and {part.text}")
        else:
            parts.append(part)
    return parts


def singular(word: str) -> str:
    """Nearly: enough to count a word and its plural as one."""
    if word in PEOPLE:
        return PEOPLE[word]
    if word.endswith("ies") and len(word) > 4:
        return f"{word[:-3]}y"
    if word.endswith(("sses", "shes", "ches", "xes")):
        return word[:-2]
    return word[:-1] if word.endswith("s") and not word.endswith(("ss", "us")) and len(word) > 3 else word


def _chunks(caption: str) -> Iterator[_Chunk]:
    text = _OF_FRAMES.sub("", caption.lower())
    for words in JOINED:
        text = re.sub(rf"\b{words}\b", words.replace(" ", "-"), text)
    lead, held = "", list[str]()
    for word in [*_WORDS.findall(text), "."]:
        stops = not word[0].isalnum() or word in LINKS or word == "and"
        if not (stops or word in PREPOSITIONS or _is_verb(word) or (_is_participle(word) and _things(held))):
            held.append(word)
            continue
        if held or _is_verb(lead):
            yield _Chunk(lead, tuple(held))
        held, lead = [], word


def _named(chunk: _Chunk) -> Part | None:
    """The people or the thing that a chunk names, if it does."""
    words = _things(chunk.words)
    if not words or words[-1] in NO_THINGS:
        return None
    if words[-1] in PEOPLE:
        return _people(words)
    if words[-1] in TIMES and chunk.lead in ("at", "by", "during"):
        return Part("thing", words[-1], f"{chunk.lead} {words[-1]}")
    head = words[: words.index("of")] if "of" in words[1:] else words
    if head[-1] in NO_THINGS:
        return None
    text = " ".join(words).replace("-and-", " and ")
    return Part("thing", text if head[-1] in OWN else singular(head[-1]), text)


def _people(words: tuple[str, ...]) -> Part:
    last, first = words[-1], words[0]
    who = singular(last)
    if "of" in words and any(word in GROUPS for word in words):
        return Part("people", f"group {who}", f"a group of {last}")
    if "of" in words:  # the face of a person
        words = words[words.index("of") + 1 :]
        first = words[0]
    if first in NUMBERS:
        return Part("people", f"{first} {who}", " ".join(words))
    if last != who and last not in ("lady", "guy", "kid"):
        return Part("people", f"some {who}", " ".join(words))
    if first == "one":
        return Part("people", who, " ".join(words))
    return Part("people", who, f"{'an' if words[0][0] in 'aeiou' else 'a'} {' '.join(words)}")


def _action(chunk: _Chunk, after: _Chunk | None) -> Part:
    """A verb with what is done, or where: "holding a cup", "walking down a street"."""
    words = [chunk.lead, *chunk.words]
    if not chunk.words and after is not None and after.lead in PREPOSITIONS and after.words[-1:] != ("background",):
        words += [after.lead.replace("-", " "), *after.words]
    return Part("action", chunk.lead, " ".join(words))


def _things(words: tuple[str, ...] | list[str]) -> tuple[str, ...]:
    """Without articles, and without what joins nothing."""
    kept = [word for word in words if word not in ARTICLES]
    while kept and kept[0] == "of":
        kept.pop(0)
    while kept and kept[-1] == "of":
        kept.pop()
    return tuple(kept)


def _is_verb(word: str) -> bool:
    return word.endswith("ing") and len(word) > 4 and word not in NO_VERBS


def _is_participle(word: str) -> bool:
    return word.endswith("ed") and word not in NO_PARTICIPLES
